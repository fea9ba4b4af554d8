#!/usr/bin/env node
'use strict';

// Texts of clients in URIs.  In any case, a function gets one argument, or one
// segment of a path, and the proxy understands the link of a stream.

const assert = require('node:assert/strict');
const http = require('node:http');

const { canHold, get, Stream } = require('./lib/http');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');


const texts = [
    'tea', 'tea&role=admin', 'tea;role=admin', 'a#b', '1+1', 'a%26b', '%00',
    'a/b', '/', '//', 'a?b', '?', 'a/../../admin?x', '..x', '\\..\\', '%2e%2e',
    'a b', 'a\r\nX: y', '\0', 'é', '\u{1f375}', '"<>^`{|}\'', '', 'a=b',
    `http://127.0.0.1/`, 'x'.repeat(2000),
];

const bytes = [[0xff], [0xc3], [0x00, 0x80, 0x26, 0x2f], [0xed, 0xa0, 0x80]];


// The bytes of a percent-encoded text.

function decoded(text) {
    const plain = text.replaceAll('+', ' ')
        .replace(/%([0-9a-f]{2})/gi, (_, hex) => {
            return String.fromCharCode(parseInt(hex, 16));
        });

    return Buffer.from(plain, 'latin1').toString('base64');
}


// The URI as a function has understood it, by the parser of Node.js.

function understood({ url, method }) {
    const { pathname, searchParams, search } = new URL(url, 'http://fn');
    const [, ...segments] = pathname.split('/');

    return {
        method,
        segments: segments.map(decoded),
        names: [...searchParams.keys()],
        role: searchParams.get('role'),
        room: decoded(/[?&]room=([^&]*)/.exec(search)?.[1] ?? ''),
    };
}


suite(async ({ bench, test }) => {
    const server = http.createServer((request, response) => {
        const answer = JSON.stringify(understood(request));

        request.resume().on('end', () => {
            response.end(request.url.startsWith('/invoke')
                ? JSON.stringify({ statusCode: 200, body: answer }) : answer);
        });
    });

    const port = await freePort();

    await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));

    const stack = await bench.stack({
        server: `
            location /args {
                grip_websocket;
                grip_on message { call /fn?room=$grip_uri_grip_message&role=guest; }
            }

            location /path {
                grip_websocket;
                grip_on message { call /fn/$grip_uri_grip_message/end?role=guest on_error=ignore; }
                grip_on close { }
            }

            location ~ ^/lambda/(?<room>.*)$ {
                grip_lambda /invoke/$grip_uri_room/end?room=$grip_uri_room&role=guest;
            }

            location ~ ^/list/(?<list>.*)$ {
                grip_hold      stream;
                grip_channel   list;
                grip_link      /list/$list timeout=1s;
                grip_hold_body "";
            }

            location /fn     { internal; proxy_pass http://127.0.0.1:${port}; }
            location /invoke { internal; proxy_pass http://127.0.0.1:${port}; }
        `,
    });

    const messages = [...texts, ...bytes.map((list) => Buffer.from(list))];


    await test('a message is one argument', async () => {
        const client = await stack.connect('/args');

        for (const message of messages) {
            client.send(message);

            assert.deepEqual(JSON.parse(await client.next()), {
                method: 'POST', segments: [decoded('fn')],
                names: ['room', 'role'], role: 'guest',
                room: Buffer.from(message).toString('base64'),
            });
        }

        await client.close(1000);
    });


    // what no segment can hold, or nobody would see

    const cannotBe = /(^|\/)\.\.?(\/|$)|[\x00-\x1f\x7f]/;

    await test('a message is one segment, or none and not called', async () => {
        const client = await stack.connect('/path');
        let called = 0;

        for (const message of [...messages, '.', '..', '../x', './x', 'x/.']) {
            if (cannotBe.test(message.toString('latin1'))) {
                client.send(message);
                continue;
            }

            called++;
            client.send(message);

            const answer = JSON.parse(await client.next());

            assert.deepEqual(answer.segments, [decoded('fn'),
                Buffer.from(message).toString('base64'), decoded('end')]);
            assert.deepEqual(answer.names, ['role']);
        }

        client.send('last');
        assert.equal(JSON.parse(await client.next()).segments[1],
                     decoded('last'));
        assert.ok(called > 20);
        assert.deepEqual(client.messages, []);
        await client.close(1000);
    });


    await test('a part of an address is one of each, for Lambda', async () => {
        for (const text of ['tea&role=admin', 'a#b', '1+1', 'a%26b', 'a/b',
                            'a?b', 'é', ' ']) {
            const { status, body } = await get(stack.pushpin.port,
                `/lambda/${encodeURIComponent(text)}`);
            const wanted = Buffer.from(text).toString('base64');

            assert.equal(status, 200);
            assert.deepEqual(JSON.parse(body), {
                method: 'POST',
                segments: [decoded('invoke'), wanted, decoded('end')],
                names: ['room', 'role'], role: 'guest', room: wanted,
            });
        }
    });


    await test('a link of any text is one', async () => {
        await canHold(stack.pushpin.port, '/list/ready');

        await Promise.all([
            ['1,2', '1%2C2'],
            ['1;2', '1%3B2'],
            ['%221%22', '%221%22'],
            ['1,2;%22%3E;rel=gone,%3C/x%3E', '1%2C2%3B%22%3E%3Brel=gone%2C%3C/x%3E'],
            ["'1+2'!$&()*:@", "'1+2'!$&()*:@"],
            ['%C3%A9%20%FF%01', '%C3%A9%20%FF%01'],
        ].map(async ([asked, linked]) => {
            const stream = await Stream.open(stack.pushpin.port,
                `/list/${asked}`, { headers: { 'X-Client': 'a client' } });

            assert.equal(stream.status, 200, asked);

            await stack.wire.seen(`the link ${linked}`, ({ request }) => {
                return request.target === `/list/${linked}`
                       && request.header('X-Client') === undefined;
            });
            stream.terminate();
        }));
    });


    await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
    });
});
