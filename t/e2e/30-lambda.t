#!/usr/bin/env node
'use strict';

// The handlers of the README of faas-grip behind nginx, without API Gateway.

const assert = require('node:assert/strict');

const { Lambda, invocations } = require('./lib/lambda');
const { freePort } = require('./lib/ports');
const { eventNames } = require('./lib/events');
const { ask } = require('./lib/origin');
const { suite } = require('./lib/suite');
const { until, within } = require('./lib/wait');


// An HTTP response whose body arrives bit by bit.

async function stream(port, target) {
    const ended = new AbortController();
    const response = await within(10000, `a response of ${target}`,
        fetch(`http://127.0.0.1:${port}${target}`, { signal: ended.signal }));
    const reader = response.body.getReader();

    return {
        response,
        next: async () => {
            const { value } = await within(10000, 'data', reader.read());

            return Buffer.from(value ?? '').toString();
        },
        end: () => ended.abort(),
    };
}


suite(async ({ bench, test }) => {
    const port = await freePort();

    const location = (name, parameters = '') => `
        location /${name} { grip_lambda /invoke/${name} ${parameters}; }

        location = /invoke/${name} {
            internal;
            proxy_pass ${invocations(port, name)};
        }
    `;

    const stack = await bench.stack({
        batches: true,

        server: ['chat', 'stream', 'poll', 'publish'].map((name) => {
            return location(name);
        }).join('') + location('hello', 'version=2.0'),
    });

    const { nginx, pushpin } = stack;

    const lambda = new Lambda(port, {
        GRIP_URL: `http://127.0.0.1:${pushpin.control}/`
                  + '?iss=pushpin&key=changeme',
    });

    await lambda.start();

    const post = (target, body) => {
        return ask(pushpin.port, { target, body });
    };

    const get = (target) => ask(pushpin.port, { method: 'GET', target });


    await test('chat: what is not for it, it says itself', async () => {
        const { status, body } = await get('/chat');

        assert.equal(status, 400);
        assert.equal(body.toString(), 'Not a WebSocket-over-HTTP request\n');
    });


    await test('chat: two clients talk, one of them under a nick', async () => {
        const ann = await stack.connect('/chat', { hears: 'room' });
        const bob = await stack.connect('/chat', { hears: 'room' });

        ann.send('hello');
        assert.equal(await ann.next(), 'anonymous: hello');
        assert.equal(await bob.next(), 'anonymous: hello');

        ann.send('/nick ann \u{1f600}');
        assert.equal(await ann.next(), 'nickname set to [ann \u{1f600}]');
        ann.send('it is me');
        assert.equal(await bob.next(), 'ann \u{1f600}: it is me');
        bob.send('');
        assert.equal(await ann.next(), 'ann \u{1f600}: it is me');
        assert.equal(await ann.next(), 'anonymous: ');

        bob.terminate();
    });


    await test('chat: many messages at once are one invocation', async () => {
        const ann = await stack.connect('/chat', { hears: 'room' });

        await stack.batch(ann, 'first', () => {
            for (let i = 0; i < 100; i++) {
                ann.send(i === 50 ? '/nick ann' : `${i}`);
            }
        });

        // what is published and what is answered come in an order of their own

        const heard = [];

        while (heard.length < 101) {
            heard.push(await ann.next());
        }

        const said = heard.filter((text) => !/^nick/.test(text));
        const wanted = ['first', ...Array(100).keys()]
            .filter((text) => text !== 50)
            .map((text) => `${text > 50 ? 'ann' : 'anonymous'}: ${text}`);

        assert.deepEqual(said, wanted);
        assert.ok(heard.includes('nickname set to [ann]'));
        assert.equal(ann.exchanges.length, 3);

        ann.terminate();
    });


    await test('chat: it ends as clients end it, whose code is not told',
               async () => {
        const ann = await stack.connect('/chat');

        // the handler closes without a code
        assert.deepEqual(await ann.close(4001, 'bye'),
                         { code: 1000, reason: '' });
        await nginx.logged(/closes with code 0, 1000 is sent instead/);
    });


    await test('chat: the handler throws when a client vanishes', async () => {
        const ann = await stack.connect('/chat');

        ann.terminate();
        const { request, response } = await ann.exchange('about the end',
            (exchange) => eventNames(exchange.request.body)
                              .includes('DISCONNECT'));

        assert.ok(request);
        assert.equal(response.status, 200);
        await nginx.logged(/failed: Error: Client disconnected unexpectedly/);
    });


    await test('a function that is down ends a conversation with a reason',
               async () => {
        const ann = await stack.connect('/chat', { hears: 'room' });

        await lambda.stop();
        ann.send('anybody?');
        assert.deepEqual(await within(10000, 'the end', ann.closed),
                         { code: 1011, reason: 'function failed' });
        assert.equal((await stack.refused('/chat')).status, 502);

        await lambda.start();

        const bob = await stack.connect('/chat', { hears: 'room' });

        bob.send('back');
        assert.equal(await bob.next(), 'anonymous: back');
        bob.terminate();
    });


    await test('poll: it is held until something is published', async () => {
        const polled = get('/poll');

        polled.catch(() => {});

        // the first subscription of a channel makes the proxy ask again
        await until('the request is held for good',
                    () => pushpin.retries('mychannel') > 0);

        assert.equal((await post('/publish', 'some data\n')).status, 200);

        const { status, body } = await polled;

        assert.equal(status, 200);
        assert.equal(body.toString(), 'some data\n');
    });


    await test('stream: it is held, and gets what is published', async () => {
        const held = await stream(pushpin.port, '/stream');

        assert.equal(held.response.status, 200);
        assert.equal(held.response.headers.get('content-type'), 'text/plain');
        assert.equal(held.response.headers.get('grip-hold'), null);
        assert.equal(await held.next(), 'stream opened, prepare yourself!\n');

        assert.equal((await post('/publish', 'some data\n')).status, 200);
        assert.equal(await held.next(), 'some data\n');
        assert.equal((await post('/publish', 'more\n')).status, 200);
        assert.equal(await held.next(), 'more\n');
        held.end();
    });


    await test('a handler of a Function URL gets and gives format 2.0',
               async () => {
        const { status, body } = await ask(pushpin.port, {
            target: '/hello/there?a=b', body: Buffer.from([0xff, 0x00]),
            headers: { Cookie: 'a=1; b=2' },
        });

        assert.equal(status, 200);
        assert.deepEqual(JSON.parse(body), {
            hello: '127.0.0.1', path: '/hello/there', cookies: ['a=1', 'b=2'],
            body: '/wA=', binary: true,
        });

        assert.equal((await get('/hello?fail=now')).status, 502);
        await nginx.logged(/"\/invoke\/hello" failed: RangeError: now/);
    });


    await lambda.stop();
});
