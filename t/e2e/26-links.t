#!/usr/bin/env node
'use strict';

// Links of streams, of two rooms at once, over a backend that takes a second:
// links that the proxy requests at the same time are one request to it if
// their paths and positions are the same.  And links for the end.

const assert = require('node:assert/strict');
const http = require('node:http');

const { canHold, Stream } = require('./lib/http');
const { publish } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { isSince } = require('./lib/pushpin');
const { suite } = require('./lib/suite');
const { sleep, until } = require('./lib/wait');


// News of rooms, numbered; an answer has those after X-After.

class News {

    constructor(port) {
        this.port = port;
        this.last = { tea: 1, coffee: 1 };
        this.asked = [];
        this.left = [];

        this.server = http.createServer(async (request, response) => {
            const url = new URL(request.url, 'http://news');

            if (url.pathname.startsWith('/left/')) {
                this.left.push(request);
                response.statusCode = 500;
                response.end();
                return;
            }

            const room = url.searchParams.get('room');
            const after = Number(request.headers['x-after'] ?? 0);

            this.asked.push({ room, after });
            await sleep(1000);

            const news = [];

            for (let n = after + 1; n <= this.last[room]; n++) {
                news.push(`${room} ${n}\n`);
            }

            response.setHeader('X-Last-Id', this.last[room]);
            response.end(news.join(''));
        });
    }


    start() {
        return new Promise((resolve) => {
            this.server.listen(this.port, '127.0.0.1', resolve);
        });
    }


    stop() {
        return new Promise((resolve) => {
            this.server.close(resolve);
            this.server.closeAllConnections();
        });
    }
}


suite(async ({ bench, test }) => {
    const news = new News(await freePort());

    await news.start();

    const stack = await bench.stack({
        server: `
            location /ready {
                grip_hold      stream;
                grip_channel   ready;
                grip_hold_body "";
            }

            location ~ ^/feed/(?<room>[^/]+)$ {
                proxy_pass       http://127.0.0.1:${news.port}/news?room=$grip_uri_room;
                proxy_set_header X-After $grip_last_id;
                grip_hold        stream;
                grip_channel     feed-$room prev_id=$upstream_http_x_last_id;
                grip_link        /feed/$grip_uri_room;
            }

            location /watch {
                grip_hold      stream;
                grip_channel   watch;
                grip_link      /left/$arg_who rel=gone;
                grip_hold_body "";
            }

            location /left/ {
                proxy_pass http://127.0.0.1:${news.port};
            }

            location ~ ^/talk/(?<room>[^/]+)$ {
                proxy_pass       http://127.0.0.1:${news.port}/news?room=$grip_uri_room;
                proxy_set_header X-After 9;
                grip_hold        stream;
                grip_channel     talk-$room;
                grip_link        /talk/$grip_uri_room timeout=1s;
            }
        `,
    });

    const { pushpin } = stack;
    const rooms = ['tea', 'coffee'];
    const asked = () => news.asked.length;


    // The next one of a room; those that are lost are in the backend alone.

    async function say(room, { lost = false } = {}) {
        const n = ++news.last[room];

        if (!lost) {
            await publish(pushpin.control, {
                channel: `feed-${room}`, id: `${n}`, 'prev-id': `${n - 1}`,
                formats: { 'http-stream': { content: `${room} ${n}\n` } },
            });
        }
    }


    const all = (room) => Array.from({ length: news.last[room] },
                                     (_, i) => `${room} ${i + 1}\n`).join('');


    await canHold(pushpin.port, '/ready');


    await test('row 47: of two rooms, each hears what is its own',
               async () => {
        const streams = await Promise.all(rooms.map((room) => {
            return Stream.open(pushpin.port, `/talk/${room}`);
        }));

        // each of them by its link, several times

        await until('links are requested', () => asked() >= 8, 20000);

        for (const room of rooms) {
            await publish(pushpin.control, {
                channel: `talk-${room}`,
                formats: { 'http-stream': { content: `in ${room}\n` } },
            });
        }

        for (const [i, room] of rooms.entries()) {
            await streams[i].is(`in ${room}\n`);
        }

        for (const room of rooms) {
            assert.ok(news.asked.filter((request) => request.room === room)
                          .length >= 3);
        }

        await sleep(500);
        streams.forEach((stream, i) => {
            assert.equal(stream.text, `in ${rooms[i]}\n`);
            stream.terminate();
        });
    });


    await test('row 47: lost items are made up for, and nothing comes '
               + 'twice', async () => {
        const streams = await Promise.all(rooms.map((room) => {
            return Stream.open(pushpin.port, `/feed/${room}`);
        }));

        const is = (i) => streams[i].is(all(rooms[i]), 15000);

        await Promise.all(rooms.map((_, i) => is(i)));

        for (let round = 0; round < 2; round++) {
            for (const room of rooms) {
                await say(room);
            }

            await Promise.all(rooms.map((_, i) => is(i)));

            for (const room of rooms) {
                await say(room, { lost: true });
                await say(room);
            }

            await Promise.all(rooms.map((_, i) => is(i)));
        }

        await sleep(500);
        streams.forEach((stream, i) => {
            assert.equal(stream.text, all(rooms[i]));
            stream.terminate();
        });
    }, 60000);


    await test('row 47: a client that leaves is told of, once, by a proxy '
               + 'that tells', async () => {
        const left = async (who) => {
            const stream = await Stream.open(pushpin.port, `/watch?who=${who}`,
                                             { Cookie: `me=${who}` });

            await publish(pushpin.control, {
                channel: 'watch',
                formats: { 'http-stream': { content: `${who}\n` } },
            });
            await stream.is(`${who}\n`);

            stream.terminate();
        };

        await left('ann');

        if (isSince('1.41')) {
            await until('it is told', () => news.left.length === 1);

            const [{ method, url, headers }] = news.left;

            assert.equal(`${method} ${url}`, 'POST /left/ann');
            assert.equal(headers['content-length'], '0');
            assert.equal(headers.cookie, undefined);
            assert.ok(headers['grip-sig']);
        }

        await left('bob');

        if (isSince('1.41')) {
            await until('it is told', () => news.left.length === 2);
        }

        await sleep(1500);
        assert.deepEqual(news.left.map((request) => request.url),
                         isSince('1.41') ? ['/left/ann', '/left/bob'] : []);
    });


    await news.stop();
});
