#!/usr/bin/env node
'use strict';

// Streams and long-polls with a history: what was missed comes first, whatever
// has happened in between, nothing twice and nothing left out.

const assert = require('node:assert/strict');
const http = require('node:http');

const { canHold, get, Stream } = require('./lib/http');
const { ask } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { sleep, until } = require('./lib/wait');


suite(async ({ bench, test }) => {
    const own = await freePort();
    const deaf = await freePort();
    const nobody = await freePort();
    const backend = await freePort();

    const stack = await bench.stack({
        http: `
            grip_history_zone news:8m items=200 bytes=4m;
            grip_history_zone few:1m items=3;

            server {
                listen 127.0.0.1:${own};
                grip_history news;
                client_max_body_size 1m;

                location = /publish { grip_publish $arg_channel; }
                location = /few { grip_publish $arg_channel; grip_history few; }
                location = /ws { grip_publish $arg_channel; grip_publish_format ws-message; }
                location /control/ { grip_control; }
                location = /from { grip_publish $arg_channel; grip_publish_meta sender $arg_who; }
            }

            server {
                listen 127.0.0.1:${deaf};
                grip_url http://127.0.0.1:${nobody}/?iss=a&key=b;
                grip_history news;

                location = /publish { grip_publish $arg_channel; }
                location = /few { grip_publish $arg_channel; grip_history few; }
            }
        `,

        server: `
            grip_history      news;
            grip_history_link /.grip/ timeout=4s;

            location /ready {
                grip_history   off;
                grip_hold      stream;
                grip_channel   ready;
                grip_hold_body "";
            }

            location ~ ^/events/(?<room>\\w+)$ {
                grip_hold      sse;
                grip_channel   $room;
                grip_hold_body "";
            }

            location ~ ^/raw/(?<room>\\w+)$ {
                grip_hold      stream;
                grip_channel   $room;
                grip_hold_body "hello\\n";
            }

            location ~ ^/last/(?<room>\\w+)$ {
                grip_hold            sse;
                grip_channel         $room;
                grip_history_initial 2;
                grip_hold_body       "data: state\\n\\n";
            }

            location ~ ^/few/(?<room>\\w+)$ {
                grip_history       few;
                grip_history_reset lost;
                grip_hold          sse;
                grip_channel       $room;
                grip_hold_body     "";
            }

            location ~ ^/poll/(?<room>\\w+)$ {
                grip_hold         response timeout=5s;
                grip_channel      $room;
                grip_history_from $http_last_event_id $arg_after;
                grip_hold_body    "";
            }

            location ~ ^/raw_few/(?<room>\\w+)$ {
                grip_history   few;
                grip_hold      stream;
                grip_channel   $room;
                grip_hold_body "";
            }

            location ~ ^/poll_on/(?<room>\\w+)$ {
                grip_history      few;
                grip_history_lost continue;
                grip_hold         response timeout=5s;
                grip_channel      $room;
                grip_hold_body    "";
            }

            location ~ ^/poll_few/(?<room>\\w+)$ {
                grip_history   few;
                grip_hold      response timeout=5s;
                grip_channel   $room;
                grip_hold_body "";
            }

            location ~ ^/slow/(?<room>\\w+)$ {
                proxy_pass   http://127.0.0.1:${backend};
                grip_hold    sse;
                grip_channel $room;
            }

            location ~ ^/slow_poll/(?<room>\\w+)$ {
                proxy_pass   http://127.0.0.1:${backend};
                grip_hold    response timeout=5s;
                grip_channel $room;
            }

            location ~ ^/me/(?<room>\\w+)$ {
                grip_hold        sse;
                grip_channel     $room filter=skip-self;
                grip_filter_meta user $arg_me;
                grip_hold_body   "";
            }

            location = /login/events {
                deny           all;
                grip_hold      sse;
                grip_channel   login;
                grip_hold_body "";
            }
        `,
    });

    const { pushpin, wire } = stack;

    async function say(channel, text, { port = own, path = '/publish',
                                        more = '', ok = true } = {}) {
        const { status } = await ask(port, { method: 'POST',
            target: `${path}?channel=${channel}${more}`, body: text,
            headers: { 'Content-Type': 'text/plain' } });

        assert.equal(status, ok ? 200 : 502);
    }

    // published, numbered, and never posted
    const lose = (channel, text, more = {}) => say(channel, text,
        { port: deaf, ok: false, ...more });

    const data = (stream) => {
        return [...stream.text.matchAll(/^data: (.*)$/mg)].map((m) => m[1]);
    };

    const ids = (stream) => {
        return [...stream.text.matchAll(/^id: (.*)$/mg)].map((m) => m[1]);
    };

    const hears = async (stream, texts, ms) => {
        await until('the stream has heard all', () => {
            return data(stream).length >= texts.length;
        }, ms);
        assert.deepEqual(data(stream), texts);
    };

    const links = () => wire.exchanges.filter((exchange) => {
        return exchange.request.start.startsWith('GET /.grip/');
    }).length;


    await canHold(pushpin.port, '/ready');


    await test('a stream goes on where its client was', async () => {
        let stream = await Stream.open(pushpin.port, '/events/one');

        await until('it listens', () => pushpin.subscriptions('one') > 0);
        await say('one', 'a');
        await say('one', 'b');
        await hears(stream, ['a', 'b']);

        const [last] = ids(stream).slice(-1);

        stream.terminate();
        await say('one', 'c');
        await say('one', 'd');

        stream = await Stream.open(pushpin.port, '/events/one',
                                   { headers: { 'Last-Event-ID': last } });
        await hears(stream, ['c', 'd']);
        await say('one', 'e');
        await hears(stream, ['c', 'd', 'e']);
        await say('one', 'f');
        await hears(stream, ['c', 'd', 'e', 'f']);
        stream.terminate();
    });


    await test('a lost item is made up for with the next one, and the '
               + 'first item of a channel, too', async () => {
        const stream = await Stream.open(pushpin.port, '/events/two');

        await until('it listens', () => pushpin.subscriptions('two') > 0);
        await lose('two', 'a');
        await say('two', 'b');
        await hears(stream, ['a', 'b'], 15000);
        await lose('two', 'c');
        await lose('two', 'd');
        await say('two', 'e');
        await hears(stream, ['a', 'b', 'c', 'd', 'e'], 15000);
        await say('two', 'f');
        await hears(stream, ['a', 'b', 'c', 'd', 'e', 'f'], 15000);
        stream.terminate();
    }, 60000);


    await test('a lost last item comes by the time of the link', async () => {
        const stream = await Stream.open(pushpin.port, '/events/three');

        await until('it listens', () => pushpin.subscriptions('three') > 0);
        await say('three', 'a');
        await hears(stream, ['a']);
        await lose('three', 'b');
        await hears(stream, ['a', 'b'], 15000);
        stream.terminate();
    }, 60000);


    await test('items for WebSockets are no gap of streams', async () => {
        const stream = await Stream.open(pushpin.port, '/events/four');

        await until('it listens', () => pushpin.subscriptions('four') > 0);
        await say('four', 'a');
        await hears(stream, ['a']);

        const before = links();

        for (let i = 0; i < 5; i++) {
            await say('four', 'x', { path: '/ws' });
            await say('four', `b${i}`);
        }

        await hears(stream, ['a', 'b0', 'b1', 'b2', 'b3', 'b4']);
        assert.ok(links() - before <= 1);
        stream.terminate();
    });


    await test('a client that is too far behind is told, and gets what is '
               + 'kept', async () => {
        for (let i = 1; i <= 2; i++) {
            await say('five', `${i}`, { path: '/few' });
        }

        let stream = await Stream.open(pushpin.port, '/few/five',
            { headers: { 'Last-Event-ID': '00000000-of-somebody-else' } });

        await hears(stream, ['', '1', '2']);
        assert.match(stream.text, /^:\n\nevent: lost\nid: \w{16}-0{16}\n/);

        const [first] = ids(stream).slice(1);

        stream.terminate();

        for (let i = 3; i <= 6; i++) {
            await say('five', `${i}`, { path: '/few' });
        }

        stream = await Stream.open(pushpin.port, '/few/five',
                                   { headers: { 'Last-Event-ID': first } });
        await hears(stream, ['', '4', '5', '6']);
        await say('five', '7', { path: '/few' });
        await hears(stream, ['', '4', '5', '6', '7']);
        stream.terminate();
    });


    await test('a client that comes back across an item that was too large is '
               + 'told once, and goes on where it was', async () => {
        const after = (path, id) => Stream.open(pushpin.port, `${path}/gap`,
            { headers: { 'Last-Event-ID': id } });

        for (const text of ['1', '2', 'x'.repeat(140000)]) {
            await say('gap', text, { path: '/few' });
        }

        const { headers } = await get(pushpin.port, '/poll_few/gap',
            { headers: { 'Last-Event-ID': '0' } });
        const id = (n) => headers['last-event-id'].replace(/3$/, n);

        let stream = await after('/few', id(2));

        await stream.is(`:\n\nevent: lost\nid: ${id(2)}\ndata: \n\n`
                        + `id: ${id(3)}\n\n`);
        stream.terminate();
        stream = await after('/few', id(3));
        await say('gap', '4', { path: '/few' });
        await stream.is(`:\n\nid: ${id(4)}\ndata: 4\n\n`);
        stream.terminate();
        stream = await after('/few', id(2));
        await stream.is(`:\n\nevent: lost\nid: ${id(2)}\ndata: \n\n`
                        + `id: ${id(4)}\ndata: 4\n\n`);
        stream.terminate();
        stream = await after('/raw_few', id(2));
        await stream.is(`id: ${id(4)}\ndata: 4\n\n`);
        stream.terminate();

        const { body } = await get(pushpin.port, '/poll_on/gap',
            { headers: { 'Last-Event-ID': id(2) } });

        assert.equal(body, '4');
    });


    await test('a history of several pages', async () => {
        const texts = Array.from({ length: 60 },
                                 (_, i) => `${i} `.padEnd(5000, 'x'));

        for (const text of texts) {
            await say('six', text);
        }

        const large = 'L'.repeat(200000);

        await say('six', large);

        const stream = await Stream.open(pushpin.port, '/events/six',
            { headers: { 'Last-Event-ID': '0' } });

        const all = ['', ...texts, large, 'live', 'end'];

        await until('all pages are there', () => data(stream).length >= 62,
                    20000);
        await say('six', 'live');
        await until('the live one is there', () => data(stream).length >= 63);
        data(stream).forEach((text, i) => {
            assert.ok(text === all[i], `item ${i}: ${text.slice(0, 40)}`
                                       + ` of ${text.length}`);
        });
        await say('six', 'end');
        await until('the end is there', () => data(stream).includes('end'));
        assert.equal(data(stream).indexOf('end'), 63);
        stream.terminate();
    }, 60000);


    await test('a raw stream goes on without a word, a fresh one begins with '
               + 'its content', async () => {
        let stream = await Stream.open(pushpin.port, '/raw/seven');

        await stream.is('hello\n');
        await until('it listens', () => pushpin.subscriptions('seven') > 0);
        await say('seven', 'a');
        await until('it hears', () => stream.text.includes('data: a'));

        const [last] = ids(stream).slice(-1);

        stream.terminate();
        await say('seven', 'b');
        stream = await Stream.open(pushpin.port, '/raw/seven',
                                   { headers: { 'Last-Event-ID': last } });
        await hears(stream, ['b']);
        assert.ok(!stream.text.includes('hello'));
        stream.terminate();
    });


    await test('a fresh client gets the last items, if so many are asked for',
               async () => {
        for (const text of ['a', 'b', 'c']) {
            await say('eight', text);
        }

        const stream = await Stream.open(pushpin.port, '/last/eight');

        await hears(stream, ['state', 'b', 'c']);
        await say('eight', 'd');
        await hears(stream, ['state', 'b', 'c', 'd']);
        stream.terminate();
    });


    await test('a long-poll: three lines of a loop miss nothing', async () => {
        const heard = [];
        let after = '';
        let done = false;

        const loop = (async () => {
            while (!done) {
                const { status, headers, body } = await get(pushpin.port,
                    `/poll/nine?after=${after}`);

                assert.equal(status, 200);
                after = headers['last-event-id'];

                if (body) {
                    heard.push(...body.split('\n'));
                }
            }
        })();

        await until('it listens', () => pushpin.subscriptions('nine') > 0);

        for (let i = 0; i < 40; i++) {
            if (i % 10 === 3) {
                await lose('nine', `${i}`);
            } else {
                await say('nine', `${i}`);
            }

            await sleep(i % 7 * 20);
        }

        await until('all is heard', () => heard.length >= 40, 20000);
        done = true;
        await say('nine', 'end');
        await loop;

        assert.deepEqual(heard.slice(0, 40),
                         Array.from({ length: 40 }, (_, i) => `${i}`));
    }, 60000);


    await test('a long-poll that is too far behind is told', async () => {
        for (let i = 1; i <= 5; i++) {
            await say('ten', `${i}`, { path: '/few' });
        }

        const { status, headers } = await get(pushpin.port, '/poll_few/ten',
            { headers: { 'Last-Event-ID': '1' } });

        assert.equal(status, 410);
        assert.match(headers['last-event-id'], /^\w{16}-0{15}5$/);
    });


    await test('a client that does not hear itself does not when it resumes, '
               + 'nor after the link', async () => {
        let stream = await Stream.open(pushpin.port, '/me/eleven?me=ann');

        await until('it listens', () => pushpin.subscriptions('eleven') > 0);

        const path = { path: '/from' };

        await say('eleven', 'a', { ...path, more: '&who=ann' });
        await say('eleven', 'b', { ...path, more: '&who=bob' });
        await hears(stream, ['b']);

        const [last] = ids(stream).slice(-1);

        stream.terminate();
        await say('eleven', 'c', { ...path, more: '&who=ann' });
        await say('eleven', 'd', { ...path, more: '&who=bob' });
        stream = await Stream.open(pushpin.port, '/me/eleven?me=ann',
                                   { headers: { 'Last-Event-ID': last } });
        await hears(stream, ['d']);
        stream.terminate();
    });


    await test('an item published while the content is made is left out of '
               + 'neither stream nor long-poll', async () => {
        const asked = [];

        const server = http.createServer(async (request, response) => {
            const [, hold, room, number] = /^\/(\w+)\/([a-z]+)(\d)$/
                .exec(request.url);

            asked.push(request.url);
            await say(`${room}${number}`, `during ${hold}`);
            response.setHeader('Content-Type', 'text/plain');
            response.end('data: state\n\n');
        });

        await new Promise((resolve) => {
            server.listen(backend, '127.0.0.1', resolve);
        });

        // of a channel that nobody has published to, and of another one

        for (const before of [0, 2]) {
            const room = `content${before}`;

            for (let i = 0; i < before; i++) {
                await say(room, 'old');
            }

            const stream = await Stream.open(pushpin.port, `/slow/${room}`);

            await hears(stream, ['state', 'during slow']);
            await say(room, 'after');
            await hears(stream, ['state', 'during slow', 'after']);
            stream.terminate();

            const { body } = await get(pushpin.port, `/slow_poll/${room}`);

            assert.equal(body, 'during slow_poll');
        }

        server.close();
        assert.equal(asked.length, 4);
    }, 60000);


    await test('a stream that is open, and whose items are no longer kept, is '
               + 'told', async () => {
        const stream = await Stream.open(pushpin.port, '/few/twelve');

        await until('it listens', () => pushpin.subscriptions('twelve') > 0);
        await say('twelve', '1', { path: '/few' });
        await hears(stream, ['1']);

        for (let i = 2; i <= 6; i++) {
            await lose('twelve', `${i}`, { path: '/few' });
        }

        await hears(stream, ['1', '', '4', '5', '6'], 15000);
        assert.match(stream.text, /\n\nevent: lost\nid: \w{16}-0{15}3\n/);
        await say('twelve', '7', { path: '/few' });
        await hears(stream, ['1', '', '4', '5', '6', '7']);
        stream.terminate();
    }, 60000);


    await test('an item may close streams that have a position', async () => {
        const stream = await Stream.open(pushpin.port, '/events/thirteen');

        await until('it listens', () => pushpin.subscriptions('thirteen') > 0);
        await say('thirteen', 'a');
        await hears(stream, ['a']);

        const { status } = await ask(own, { target: '/control/publish/',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ items: [{ channel: 'thirteen',
                formats: { 'http-stream': { action: 'close' } } }] }) });

        assert.equal(status, 200);
        assert.equal(await stream.ended, 'end');
        assert.deepEqual(data(stream), ['a']);
    });


    await test('links are nobody\'s to make up', async () => {
        const link = wire.exchanges
            .map((exchange) => exchange.request.start.split(' ')[1])
            .find((target) => target.startsWith('/.grip/'));

        assert.ok(link);

        const forged = link.slice(0, -3) + (link.at(-3) === 'A' ? 'B' : 'A')
                       + link.slice(-2);

        for (const target of [link.slice(0, 20), forged]) {
            const { status, headers, body } = await get(pushpin.port, target);

            // which ends a stream, and is all that it does

            assert.equal(status, 200);
            assert.equal(body, '');
            assert.ok(!('grip-hold' in headers));
            assert.equal((await get(stack.nginx.port, target)).status, 404);
        }

        assert.equal((await get(stack.nginx.port, link)).status, 403);
    });
});
