#!/usr/bin/env node
'use strict';

const assert = require('node:assert/strict');

const { event, eventNames, events } = require('./lib/events');
const { MEDIA_TYPE, askEvents, publish } = require('./lib/origin');
const { isSince } = require('./lib/pushpin');
const { suite } = require('./lib/suite');

const ECHO = `
    grip_on text   { send $grip_message; }
    grip_on binary { send_binary $grip_message; }
`;


suite(async ({ bench, test }) => {
    const stack = await bench.stack({

        batches: true,

        http: `
            gzip on;
            gzip_types *;
            gzip_min_length 0;
            gzip_proxied any;
        `,

        server: `
            location /echo {
                grip_websocket;
                ${ECHO}
            }

            location /spilled {
                grip_websocket;
                client_body_in_file_only clean;
                ${ECHO}
            }

            location /small-buffer {
                grip_websocket;
                client_body_buffer_size 4k;
                ${ECHO}
            }

            location /room {
                grip_websocket;
                grip_on open    { subscribe room; }
                grip_on message { publish room $grip_message; }
            }

            location /filtered {
                grip_websocket;
                charset utf-8;
                charset_types *;
                sub_filter needle pin;
                sub_filter_types *;
                ssi on;
                ssi_types *;
                add_before_body /extra;
                ${ECHO}
            }

            location /loud {
                grip_websocket;
                grip_on text { send "$grip_message$grip_message$grip_message"; }
            }

            location = /extra {
                return 200 extra;
            }

            location /short {
                grip_websocket;
                grip_max_message_size 10;
                ${ECHO}
            }

            location /sink {
                grip_websocket;
            }
        `,
    });


    await test('row 6: empty messages come back empty', async () => {
        const client = await stack.connect('/echo');

        client.send('');
        assert.equal(await client.next(), '');
        client.send(Buffer.alloc(0));
        assert.deepEqual(await client.next(), Buffer.alloc(0));

        const asked = client.exchanges.map(({ request }) => {
            return request.body.toString();
        });

        assert.deepEqual(asked, ['OPEN\r\n', 'TEXT\r\n', 'BINARY\r\n']);
    });


    await test('row 7: line ends, zeros and event lines are only content',
               async () => {
        const client = await stack.connect('/echo');

        for (const content of ['\x00\xff\r\n', '\r\n', '\r\nTEXT 2\r\nhi\r\n',
                               '\x00'])
        {
            const bytes = Buffer.from(content, 'latin1');

            client.send(bytes);
            assert.deepEqual(await client.next(), bytes);
        }

        client.send('a\r\nb\0c é €\u{1f600}');
        assert.equal(await client.next(), 'a\r\nb\0c é €\u{1f600}');
    });


    await test('row 10: messages of all sizes come back whole', async () => {
        const client = await stack.connect('/echo');

        for (const size of [0, 1, 15, 16, 255, 256, 4095, 4096, 32765, 32766]) {
            const text = 'x'.repeat(size);
            const bytes = Buffer.alloc(size, 0xa5);

            client.send(text);
            assert.equal(await client.next(), text);
            client.send(bytes);
            assert.deepEqual(await client.next(), bytes);
        }

        // events() refuses upper case, leading zeros and wrong lengths
        for (const { response } of client.exchanges) {
            events(response.body);
        }
    });


    await test('row 11: a batch is answered in order', async () => {
        const client = await stack.connect('/echo');

        await stack.batch(client, '0', () => {
            for (let i = 1; i <= 5; i++) {
                client.send(`${i}`);
                client.send(Buffer.from([i]));
            }
        });

        assert.equal(await client.next(), '0');

        for (let i = 1; i <= 5; i++) {
            assert.equal(await client.next(), `${i}`);
            assert.deepEqual(await client.next(), Buffer.from([i]));
        }

        const batch = await client.exchange('about the rest',
            ({ request }) => events(request.body).length > 1);

        assert.equal(events(batch.request.body).length, 10);
        assert.equal(events(batch.response.body).length, 10);
    });


    for (const target of ['/echo', '/spilled', '/small-buffer']) {
        await test(`row 12: twenty long messages in one request, ${target}`,
                   async () => {
            const client = await stack.connect(target);

            // with 200,000 bytes the proxy itself would give up
            const text = (i) => `${i} `.padEnd(9999, `${i % 10}`);

            await stack.batch(client, 'first', () => {
                for (let i = 0; i < 20; i++) {
                    client.send(text(i));
                }
            });

            assert.equal(await client.next(), 'first');

            for (let i = 0; i < 20; i++) {
                assert.equal(await client.next(), text(i));
            }

            assert.ok(client.exchanges.some(({ request }) => {
                return request.body.length > 200000;
            }));
        });


        await test(`row 12: a request of 400,000 bytes, ${target}`,
                   async () => {
            const texts = Array.from({ length: 40 }, (_, i) => {
                return `${i} `.padEnd(10000, `${i % 10}`);
            });
            const { port } = stack.nginx;
            const { body } = await askEvents(port, target, Buffer.concat(
                texts.map((text) => event('TEXT', text))));

            assert.deepEqual(eventNames(body),
                             texts.map((text) => `TEXT m:${text}`));
        });
    }


    await test('row 12: a message of 199,999 bytes is received and published',
               async () => {
        const text = 'é'.repeat(99999) + '.';
        const bytes = Buffer.from(text);
        const listener = await stack.connect('/room', { hears: 'room' });

        assert.equal(bytes.length, 199999);

        // one for each, as the proxy stumbles over a second one
        for (const message of [text, bytes]) {
            const speaker = await stack.connect('/room');

            speaker.send(message);
            assert.deepEqual(await listener.next(), message);
        }
    });


    await test('row 13: a ping gets its payload back as a pong', async () => {
        const client = await stack.connect('/sink');

        client.ping('pp');
        assert.equal(await client.nextPong(), 'pp');
        client.ping('');
        assert.equal(await client.nextPong(), '');
        client.ping('\x00\r\n'.padEnd(125, 'p'));
        assert.equal(await client.nextPong(), '\x00\r\n'.padEnd(125, 'p'));
    });


    await test('row 14: a pong costs an empty answer', async () => {
        const client = await stack.connect('/room', { hears: 'room' });

        await publish(stack.pushpin.control, {
            channel: 'room',
            formats: { 'ws-message': { type: 'ping', content: 'p1' } },
        });

        assert.equal(await client.nextPing(), 'p1');

        const { request, response } = await client.exchange('about a pong',
            (exchange) => /^PONG/.test(exchange.request.body));

        assert.deepEqual(eventNames(request.body), ['PONG p1']);
        assert.equal(response.status, 200);
        assert.equal(response.header('Content-Type'), MEDIA_TYPE);
        assert.equal(response.body.length, 0);
    });


    await test('row 29: a message that would stall the proxy is refused and '
               + 'logged', async () => {
        const client = await stack.connect('/echo');

        client.send('x'.repeat(32766));
        assert.equal((await client.next()).length, 32766);

        client.send('x'.repeat(32767));

        // a newer proxy has no such limit, and announces that
        if (isSince('1.41')) {
            assert.equal((await client.next()).length, 32767);
            client.send('x'.repeat(100000));
            assert.equal((await client.next()).length, 100000);
            return;
        }

        const { code, reason } = await client.closed;

        assert.equal(code, 1009);
        assert.equal(`${reason}`, 'message too big to send');
        await stack.nginx.logged(/\[error\].* 32769 bytes .* 32768/);
    });


    await test('row 29: an answer stays below 1,000,000 bytes', async () => {
        const texts = Array.from({ length: 40 }, (_, i) => {
            return `${i}`.padStart(10000, '.');
        });
        const { port } = stack.nginx;
        const { body } = await askEvents(port, '/loud', Buffer.concat(
            texts.map((text) => event('TEXT', text))));
        const heard = eventNames(body);

        assert.ok(body.length < 1000000);
        assert.ok(heard.length > 25);
        assert.match(heard.pop(), /^CLOSE .*message too big to send/s);
        assert.deepEqual(heard, texts.slice(0, heard.length)
            .map((text) => `TEXT m:${text.repeat(3)}`));

        await stack.nginx.logged(/\[error\].*limit for an answer/);
    });


    await test('row 38: gzip does not touch what the proxy reads', async () => {
        const client = await stack.connect('/echo');
        const text = 'compress me '.repeat(1000);

        client.send(text);
        assert.equal(await client.next(), text);

        for (const { request, response } of client.exchanges) {
            // a newer proxy does not even ask for it
            assert.equal(/gzip/.test(request.header('Accept-Encoding')),
                         !isSince('1.41'));
            assert.equal(response.header('Content-Encoding'), undefined);
            assert.equal(response.header('Content-Type'), MEDIA_TYPE);
        }
    });


    await test('row 38: no filter of nginx rewrites messages', async () => {
        const client = await stack.connect('/filtered');

        for (const text of ['needle', '<!--# echo var="request_uri" -->']) {
            client.send(text);
            assert.equal(await client.next(), text);
        }

        for (const { response } of client.exchanges) {
            assert.equal(response.header('Content-Type'), MEDIA_TYPE);
        }
    });


    await test('text that is not UTF-8 closes with 1007', async () => {
        const client = await stack.connect('/echo');

        client.socket.send(Buffer.from([0x61, 0xff]), { binary: false });
        assert.equal((await client.closed).code, 1007);
    });


    await test('a message beyond grip_max_message_size closes with 1009',
               async () => {
        const client = await stack.connect('/short');

        client.send('0123456789');
        assert.equal(await client.next(), '0123456789');
        client.send('0123456789a');
        assert.equal((await client.closed).code, 1009);
    });
});
