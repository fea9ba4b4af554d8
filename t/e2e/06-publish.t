#!/usr/bin/env node
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');

const { events } = require('./lib/events');
const { metric, now, publish } = require('./lib/origin');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');

// with the letters that URLs and headers are wont to change
const KEY = '+/+/s3cr3t+/';


suite(async ({ bench, test }) => {
    const stack = await bench.stack({

        http: 'grip_metrics_zone metrics:1m;',

        url: `?iss=origin&key=base64:${KEY}`
             + '&verify-iss=pushpin&verify-key=changeme',

        server: `
            location /room {
                grip_websocket;

                grip_on open            { subscribe $arg_room; }
                grip_on text =  both    { publish $arg_room "first"
                                              format=ws-message;
                                          send "second"; }
                grip_on text ~ "^(?<id>.) after (?<prev>.)$" {
                    publish $arg_room $grip_message format=ws-message
                            id=$id prev_id=$prev;
                }
                grip_on message         { publish $arg_room $grip_message
                                              format=ws-message; }
            }

            location /at-once {
                grip_websocket;

                grip_on open { subscribe at-once; send hello;
                               publish at-once "somebody came" format=ws-message; }
                grip_on text { publish at-once $grip_message format=ws-message; }
            }

            location /forms {
                grip_websocket;

                grip_on text   { publish forms $grip_message format=ws-message
                                 format=http-stream format=http-response
                                 id=2 prev_id=1 meta=from:ann no_seq; }
                grip_on binary { publish forms $grip_message type=text
                                 format=ws-message; }
            }

            location /huge {
                grip_websocket;

                grip_on text { publish huge "${'$grip_message'.repeat(6)}"
                                       format=ws-message; }
            }

            location = /metrics { grip_metrics; }

            location /prefixed {
                grip_websocket;
                grip_prefix "app-";

                grip_on open    { subscribe room; }
                grip_on message { publish room $grip_message format=ws-message; }
            }
        `,
    });

    const { control, nginx } = stack;

    // what the origin has posted, from the given exchange on
    const posts = (from = 0) => control.exchanges.slice(from);
    const items = (from) => posts(from).flatMap(({ request }) => {
        return JSON.parse(request.body).items;
    });


    await test('rows 48, 50, 52: a message is posted as the proxy wants it',
               async () => {
        const ann = await stack.connect('/room?room=one', { hears: 'one' });
        const bob = await stack.connect('/room?room=one', { hears: 'one' });

        ann.send('hi "all" \\ é\u{1f600}\n');
        assert.equal(await bob.next(), 'hi "all" \\ é\u{1f600}\n');
        assert.equal(await ann.next(), 'hi "all" \\ é\u{1f600}\n');

        const { request, response } = await control.seen('an answer',
            (exchange) => exchange.response !== null);

        assert.equal(request.start, 'POST /publish/ HTTP/1.1');
        assert.equal(request.header('Content-Type'), 'application/json');
        assert.equal(request.header('Content-Length'),
                     `${request.body.length}`);
        assert.equal(response.status, 200);
        assert.match(response.body.toString(), /Published/);
        assert.deepEqual(JSON.parse(request.body), {
            items: [{ channel: 'one',
                      formats: { 'ws-message': {
                          content: 'hi "all" \\ é\u{1f600}\n' } } }],
        });
    });


    await test('row 51: a publisher shows a token of its key, not the key',
               async () => {
        const { request } = posts().at(-1);
        const [, token] = /^Bearer (.*)$/.exec(request.header('Authorization'));
        const [header, claims, mac] = token.split('.');
        const read = (part) => JSON.parse(Buffer.from(part, 'base64url'));

        assert.equal(read(header).alg, 'HS256');
        assert.equal(read(claims).iss, 'origin');
        assert.ok(read(claims).exp > now());
        assert.ok(read(claims).exp <= now() + 600);
        assert.equal(crypto.createHmac('sha256', Buffer.from(KEY, 'base64'))
            .update(`${header}.${claims}`).digest('base64url'), mac);

        assert.ok(!request.raw.includes(KEY));
    });


    await test('row 49: binary messages are published as binary', async () => {
        const ann = await stack.connect('/room?room=binary',
                                        { hears: 'binary' });
        const bytes = Buffer.from([0, 0xff, 0x0d, 0x0a, 0x22]);

        ann.send(bytes);
        assert.deepEqual(await ann.next(), bytes);
        assert.deepEqual(items().at(-1), {
            channel: 'binary',
            formats: { 'ws-message': {
                'content-bin': bytes.toString('base64') } },
        });

        ann.send('');
        assert.equal(await ann.next(), '');
        ann.send(Buffer.alloc(0));
        assert.deepEqual(await ann.next(), Buffer.alloc(0));
    });


    await test('rows 48, 49: formats, ids and metas are what the rule says',
               async () => {
        const ann = await stack.connect('/forms');
        let from = posts().length;

        ann.send('x');
        await control.seen('a publish', ({ response }) => response, from);

        assert.deepEqual(items(from), [{
            channel: 'forms', id: '2', 'prev-id': '1', 'no-seq': true,
            meta: { from: 'ann' },
            formats: { 'ws-message': { content: 'x' },
                       'http-stream': { content: 'x' },
                       'http-response': { body: 'x' } },
        }]);

        from = posts().length;
        ann.send(Buffer.from('y'));
        await control.seen('a publish', ({ response }) => response, from);

        assert.deepEqual(items(from), [{
            channel: 'forms', formats: { 'ws-message': { content: 'y' } },
        }]);
    });


    await test('row 53: messages that open sends are heard, its publications '
               + 'are not heard by itself', async () => {
        const ann = await stack.connect('/at-once', { hears: 'at-once' });

        assert.equal(await ann.next(), 'hello');

        for (let i = 0; i < 10; i++) {
            const bob = await stack.connect('/at-once', { hears: 'at-once' });

            assert.equal(await bob.next(), 'hello');
            assert.equal(await ann.next(), 'somebody came');

            bob.send(`${i}`);
            assert.equal(await ann.next(), `${i}`);
            assert.equal(await bob.next(), `${i}`);
            await bob.close(1000);
        }
    });


    await test('a message has been published before its sender is answered',
               async () => {
        const ann = await stack.connect('/room?room=await', { hears: 'await' });
        const from = posts().length;

        control.hold();
        ann.send('both');
        await control.seen('the publish', () => true, from);
        await nginx.rests();

        const asked = ann.exchanges.at(-1);

        assert.match(asked.request.body.toString(), /both/);
        assert.equal(asked.response, null);

        control.release();
        assert.deepEqual([await ann.next(), await ann.next()].sort(),
                         ['first', 'second']);
        assert.notEqual(asked.response, null);
    });


    await test('a hundred messages of a batch arrive in order, in few posts',
               async () => {
        const ann = await stack.connect('/room?room=order', { hears: 'order' });
        const bob = await stack.connect('/room?room=order', { hears: 'order' });
        const from = posts().length;

        for (let i = 0; i < 100; i++) {
            ann.send(`${i}`);
        }

        for (let i = 0; i < 100; i++) {
            assert.equal(await bob.next(), `${i}`);
        }

        assert.equal(items(from).length, 100);
        assert.ok(posts(from).length < 20);
    });


    await test('messages of many clients leave together',
               async () => {
        const clients = [];

        for (let i = 0; i < 20; i++) {
            clients.push(await stack.connect('/room?room=gather',
                                             { hears: 'gather' }));
        }

        const from = posts().length;

        control.hold();
        clients[0].send('0');
        await control.seen('the first publish', () => true, from);

        for (let i = 1; i < 20; i++) {
            clients[i].send(`${i}`);
        }

        await until('all are queued or on their way', async () => {
            return await metric(nginx.port, 'grip_publish_queue_items') === 20;
        });
        control.release();

        for (const client of clients) {
            const heard = new Set();

            while (heard.size < 20) {
                heard.add(await client.next());
            }
        }

        // a worker has one post under way, and there are two of them
        assert.equal(items(from).length, 20);
        assert.ok(posts(from).length <= 4, `${posts(from).length} posts`);
    });


    await test('rows 37, 52: an item with ids is heard once',
               async () => {
        const ann = await stack.connect('/room?room=once', { hears: 'once' });
        const bob = await stack.connect('/room?room=once', { hears: 'once' });

        for (const text of ['1 after 0', '1 after 0', '2 after 1', '1 after 0',
                            '3 after 2'])
        {
            ann.send(text);
        }

        assert.equal(await bob.next(), '1 after 0');
        assert.equal(await bob.next(), '2 after 1');
        assert.equal(await bob.next(), '3 after 2');
    });


    await test('row 52: an item that the proxy would refuse is not posted, '
               + 'and closes with 1011', async () => {
        const ann = await stack.connect('/huge');
        const from = posts().length;

        ann.send('x'.repeat(199999));
        assert.equal((await ann.closed).code, 1011);
        await stack.nginx.logged(/\[error\].*an item of 12\d+ bytes/);
        assert.equal(posts(from).length, 0);
    });


    await test('row 55: one prefix for what is heard and what is said',
               async () => {
        const ann = await stack.connect('/prefixed', { hears: 'app-room' });
        const from = posts().length;

        ann.send('hi');
        assert.equal(await ann.next(), 'hi');
        assert.equal(items(from)[0].channel, 'app-room');

        const { response } = await ann.exchange('to open');

        assert.match(events(response.body)[1].content.toString(),
                     /"channel":"app-room"/);

        for (const channel of ['room', 'app-app-room', 'app-room']) {
            await publish(stack.pushpin.control, {
                channel, formats: { 'ws-message': { content: channel } },
            });
        }

        assert.equal(await ann.next(), 'app-room');
    });


    await test('a publish that is not acknowledged closes with 1011',
               async () => {
        const ann = await stack.connect('/room?room=lost');

        control.loseAnswer();
        ann.send('x');

        const { code, reason } = await ann.closed;

        assert.equal(code, 1011);
        assert.notEqual(reason, '');
        await stack.nginx.logged(/\[error\].*grip/);
    });


    await test('row 51: no key and no token is in the log', async () => {
        assert.ok(!stack.nginx.log.includes(KEY));
        assert.doesNotMatch(stack.nginx.log, /eyJ|Bearer/);
    });
});
