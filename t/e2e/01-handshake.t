#!/usr/bin/env node
'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');

const { eventNames } = require('./lib/events');
const { MEDIA_TYPE } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { isSince } = require('./lib/pushpin');
const { suite } = require('./lib/suite');

const EXTENSIONS = 'Sec-WebSocket-Extensions';

const isOpen = ({ request }) => request.body.toString() === 'OPEN\r\n';


// A function that logs in, and speaks the last subprotocol that is offered.

function accept(request, response) {
    const cookies = ['sid=1; HttpOnly', 'theme=dark'];
    const offered = request.headers['sec-websocket-protocol'] ?? '';
    const subprotocol = offered.split(/, */).pop();

    request.resume();

    if (request.url === '/json') {
        response.end(JSON.stringify([
            { accept: { subprotocol, headers: { 'Set-Cookie': cookies,
                                                'X-Shard': '7' } } },
            { send: 'hello' },
        ]));
        return;
    }

    response.setHeader('Set-Cookie', cookies);
    response.setHeader('Sec-WebSocket-Protocol', subprotocol);
    response.setHeader('X-Shard', '7');
    response.setHeader('ETag', '"its own"');
    response.end('hello');
}


suite(async ({ bench, test }) => {
    const port = await freePort();
    const server = http.createServer(accept);

    await new Promise((resolve) => {
        server.listen(port, '127.0.0.1', resolve);
    });

    const stack = await bench.stack({

        routes: '*,path_beg=/plain,no_grip %s,over_http\n'
                + '* %s,over_http\n',

        server: `
            location /sink {
                grip_websocket;
            }

            location /welcome {
                grip_websocket;

                grip_on open { send "welcome to $uri"; send_binary two; }
                grip_on text { send $grip_message; }
            }

            location /plain {
                grip_websocket;
                grip_verify off;

                grip_on open { send welcome; }
                grip_on text { send $grip_message; }
            }

            location /members {
                grip_websocket;

                grip_on open $arg_token = good { send "welcome"; }
                grip_on open                   { reject 403 $arg_token; }
            }

            location /chat {
                grip_websocket;
                grip_subprotocol chat2 chat1;
            }

            location /login/ {
                grip_websocket;
                grip_subprotocol a;
                grip_on open $uri = /login/json { call /fn/json as=json; }
                grip_on open                    { call /fn/plain; }
            }

            location /fn/ {
                internal;
                proxy_pass http://127.0.0.1:${port}/;
            }
        `,
    });


    await test('rows 1, 2, 3: a client is accepted by a location without rules',
               async () => {
        const client = await stack.connect('/sink?x=1');
        const { request, response } = await client.exchange('to open', isOpen);

        assert.equal(request.target, '/sink?x=1');
        assert.equal(response.start, 'HTTP/1.1 200 OK');
        assert.ok(response.lines.includes(`Content-Type: ${MEDIA_TYPE}`));
        assert.deepEqual(eventNames(response.body), ['OPEN']);
    });


    await test('rows 3, 25: messages of open follow OPEN, with prefixes',
               async () => {
        const client = await stack.connect('/welcome');

        assert.equal(await client.next(), 'welcome to /welcome');
        assert.deepEqual(await client.next(), Buffer.from('two'));

        const { response } = await client.exchange('to open', isOpen);

        assert.deepEqual(eventNames(response.body),
                         ['OPEN', 'TEXT m:welcome to /welcome',
                          'BINARY m:two']);
    });


    await test('rows 5, 31: a rejected client sees the status and the body',
               async () => {
        const answer = await stack.refused('/members?token=x');
        const { status, headers, body } = answer;

        assert.equal(status, 403);
        assert.equal(body, 'x');
        assert.notEqual(headers['content-type'], MEDIA_TYPE);

        for (const name of Object.keys(headers)) {
            assert.doesNotMatch(name, /^(grip-|set-meta|sec-websocket-ext)/);
        }

        const client = await stack.connect('/members?token=good');

        assert.equal(await client.next(), 'welcome');
    });


    await test('row 5: the origin hears no more of a client that it rejected',
               async () => {
        const from = stack.wire.exchanges.length;

        await stack.refused('/members?token=y');

        // a whole life of another client passes
        const client = await stack.connect('/welcome');
        await client.next();
        await client.close(1000);

        const about = stack.wire.exchanges.slice(from).filter(({ request }) => {
            return request.target.startsWith('/members');
        });

        assert.equal(about.length, 1);
    });


    await test('row 23: grip is agreed to once, in the answer to OPEN',
               async () => {
        const client = await stack.connect('/welcome');

        await client.next();
        await client.next();
        client.send('hi');
        assert.equal(await client.next(), 'hi');

        const [open, text] = client.exchanges;

        assert.equal(open.request.header(EXTENSIONS), 'grip');
        assert.equal(text.request.header(EXTENSIONS), 'grip');
        assert.equal(text.response.header(EXTENSIONS), undefined);
    });


    await test('row 24: the prefix is the default one, so none is announced',
               async () => {
        const client = await stack.connect('/welcome');
        const { response } = await client.exchange('to open', isOpen);

        assert.equal(response.header(EXTENSIONS), 'grip');
    });


    await test('rows 23, 25: without an offer of grip nothing is agreed to, '
               + 'nothing prefixed', async () => {
        const client = await stack.connect('/plain');

        // a newer proxy signs what it sends to routes without GRIP, too
        const signed = isSince('1.41');

        assert.equal(await client.next(), 'welcome');
        client.send('m:hi');
        assert.equal(await client.next(), 'm:hi');

        const [open] = client.exchanges;

        assert.equal(open.request.header(EXTENSIONS), undefined);
        assert.equal(open.request.header('Grip-Sig') !== undefined, signed);
        assert.equal(open.response.header(EXTENSIONS), undefined);
        assert.deepEqual(eventNames(open.response.body),
                         ['OPEN', 'TEXT welcome']);
    });


    await test('row 26: text that looks like a control message is only text',
               async () => {
        const client = await stack.connect('/welcome');

        await client.next();
        await client.next();

        for (const text of ['c:{"type":"detach"}', 'm:x', 'c:', 'm:']) {
            client.send(text);
            assert.equal(await client.next(), text);
        }
    });


    await test('row 30: of the subprotocols offered our first one is spoken',
               async () => {
        const offer = (...protocols) => stack.connect('/chat', { protocols });
        const both = await offer('chat1', 'chat2');
        const one = await offer('x', 'chat1');

        assert.equal(both.socket.protocol, 'chat2');
        assert.equal(one.socket.protocol, 'chat1');
    });


    await test('row 30: no subprotocol is answered that was not offered',
               async () => {
        const from = stack.wire.exchanges.length;

        await stack.connect('/chat');

        // the client gives up, as it asked for one and got none
        await assert.rejects(stack.connect('/chat', { protocols: ['chat'] }),
                             /no subprotocol/);
        await stack.connect('/sink');

        const opens = stack.wire.exchanges.slice(from).filter(isOpen);

        assert.equal(opens.length, 3);

        for (const { response } of opens) {
            assert.equal(response.status, 200);
            assert.equal(response.header('Sec-WebSocket-Protocol'), undefined);
        }
    });


    await test('row 30: a function chooses the subprotocol and sets cookies',
               async () => {
        for (const contract of ['plain', 'json']) {
            const client = await stack.connect(`/login/${contract}`,
                                               { protocols: ['a', 'b'] });
            const { headers } = client.handshake;

            assert.equal(client.socket.protocol, 'b');
            assert.deepEqual(headers['set-cookie'],
                             ['sid=1; HttpOnly', 'theme=dark']);
            assert.equal(headers['x-shard'], '7');
            assert.equal(headers.etag, undefined);
            assert.equal(await client.next(), 'hello');
        }
    });


    await test('row 31: a client sees nothing of ours in its handshake',
               async () => {
        const { handshake } = await stack.connect('/welcome');
        const ours = Object.keys(handshake.headers).filter((name) => {
            return !['connection', 'date', 'sec-websocket-accept', 'server',
                     'upgrade'].includes(name);
        });

        assert.equal(handshake.statusCode, 101);
        assert.deepEqual(ours, []);
    });


    await test('row 4: every OPEN is accepted as OPEN or refused by a status',
               async () => {
        const opens = stack.wire.exchanges.filter(isOpen);

        assert.ok(opens.length > 10);

        for (const { response } of opens) {
            if (response.status === 200) {
                assert.equal(eventNames(response.body)[0], 'OPEN');
            } else {
                assert.equal(response.status, 403);
            }
        }
    });


    server.close();
    server.closeAllConnections();
});
