#!/usr/bin/env node
'use strict';

// Two proxies and two origins: each client has one proxy, whatever is
// published through either origin reaches all of them.

const assert = require('node:assert/strict');

const { canHold, get, settle, Stream } = require('./lib/http');
const { ask } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');


suite(async ({ bench, test }) => {
    const controls = [await freePort(), await freePort()];
    const origins = [];

    for (let i = 0; i < 2; i++) {
        const own = await freePort();

        const nginx = await bench.nginx({
            http: `
                grip_url http://127.0.0.1:${controls[0]}/?iss=a&key=east;
                grip_url http://127.0.0.1:${controls[1]}/?iss=b&key=west;

                server {
                    listen 127.0.0.1:${own};

                    location = /publish {
                        grip_publish room;
                        grip_publish_format  ws-message http-stream
                                             http-response;
                    }

                    location = /all {
                        grip_publish         room;
                        grip_publish_format  ws-message http-stream
                                             http-response;
                        grip_publish_require all;
                    }
                }
            `,

            server: `
                location /ws {
                    grip_websocket;
                    grip_verify_key east iss=pushpin;
                    grip_verify_key west iss=pushpin;

                    grip_on open { subscribe room; }
                    grip_on text { publish room $grip_message
                                       format=ws-message format=http-stream; }
                }

                location /stream {
                    grip_verify_key east iss=pushpin;
                    grip_verify_key west iss=pushpin;
                    grip_hold       stream;
                    grip_channel    room;
                    grip_hold_body  "";
                }

                location /ready {
                    grip_verify_key east iss=pushpin;
                    grip_verify_key west iss=pushpin;
                    grip_hold       stream;
                    grip_channel    ready;
                    grip_hold_body  "";
                }

                location /poll {
                    grip_verify_key east iss=pushpin;
                    grip_verify_key west iss=pushpin;
                    grip_hold       response timeout=30s;
                    grip_channel    room;
                    grip_hold_body  "no news\\n";
                }
            `,
        });

        origins.push({ nginx, publish: (body, target = '/publish') => {
            return ask(own, { target, body });
        } });
    }

    // Both proxies route to both origins, one more for long-polls.

    const proxies = [];

    for (const [i, key] of ['east', 'west'].entries()) {
        const routes = origins.map(({ nginx }, n) => {
            return `*,path_beg=/${n} 127.0.0.1:${nginx.port},over_http\n`
                   .replace(',path_beg=/0', ',path_beg=/0/,path_rem=2')
                   .replace(',path_beg=/1', ',path_beg=/1/,path_rem=2');
        }).join('');

        const pushpin = await bench.pushpin({
            control: controls[i], origin: origins[0].nginx.port,
            routes: `${routes}* %s\n`, settings: { 'proxy.sig_key': key },
        });

        await canHold(pushpin.port, '/0/ready');
        await settle(pushpin, '/0/poll', 'room');
        proxies.push(pushpin);
    }


    // A WebSocket and a stream for each pair of proxy and origin.

    const clients = [];

    for (const pushpin of proxies) {
        for (const origin of [0, 1]) {
            const before = pushpin.subscriptions('room');
            const socket = await bench.connect(pushpin, `/${origin}/ws`, {});
            const stream = await Stream.open(pushpin.port, `/${origin}/stream`);

            await until('both are heard', () => {
                return pushpin.subscriptions('room') === before + 2;
            });

            clients.push({ pushpin, socket, stream, heard: [] });
        }
    }

    // All clients of some proxies hear this, and nothing else.

    async function hear(text, some = proxies) {
        for (const { pushpin, socket, stream, heard } of clients) {
            if (some.includes(pushpin)) {
                heard.push(text);
                assert.equal(await socket.next(), text);
                await stream.is(heard.join(''));
            }
        }
    }


    await test('publications of either origin reach all clients',
               async () => {
        for (const [i, { publish }] of origins.entries()) {
            assert.equal((await publish(`by origin ${i}`)).status, 200);
            await hear(`by origin ${i}`);
        }

        for (const [i, { socket }] of clients.entries()) {
            socket.send(`by client ${i}`);
            await hear(`by client ${i}`);
        }
    });


    await test('long-polls of both proxies get one message', async () => {
        const before = proxies.map((pushpin) => pushpin.subscriptions('room'));
        const polls = proxies.flatMap((pushpin) => [0, 1].map((origin) => {
            return get(pushpin.port, `/${origin}/poll`);
        }));

        await until('all are heard', () => proxies.every((pushpin, i) => {
            return pushpin.subscriptions('room') === before[i] + 2;
        }));

        await origins[1].publish('for polls');

        for (const { body } of await Promise.all(polls)) {
            assert.equal(body, 'for polls');
        }

        await hear('for polls');
    });


    const failures = (marks) => bench.logged(marks)
        .filter((line) => /\[error\].* grip: publish to /.test(line));

    const [east, west] = proxies;
    const lost = clients.filter(({ pushpin }) => pushpin === west);


    await test('a proxy that dies in mid-traffic takes its own clients with '
               + 'it, and nobody else', async () => {
        const marks = bench.marks();
        const sent = [];
        let answered = 0;
        let going = true;

        // one message after another, through both origins in turn

        const traffic = (async () => {
            for (let i = 0; going; i++) {
                const { status } = await origins[i % 2].publish(`${i},`);

                assert.equal(status, 200);
                sent.push(`${i},`);
                answered++;
            }
        })();

        await until('there is traffic', () => answered > 20);
        await west.stop();

        const until20More = answered + 20;

        await until('there is still traffic', () => answered > until20More);
        going = false;
        await traffic;

        for (const { socket, stream } of lost) {
            await socket.closed;
            await stream.ended;
        }

        for (const { pushpin, socket, stream, heard } of clients) {
            if (pushpin === east) {
                heard.push(...sent);
                await stream.is(heard.join(''));

                for (const text of sent) {
                    assert.equal(await socket.next(), text);
                }

                assert.equal(socket.gone, undefined);
            }
        }

        // one line for each post that failed, which names the proxy

        const lines = failures(marks);

        assert.ok(lines.length > 0);
        assert.ok(lines.length <= sent.length);
        assert.ok(lines.every((line) => line.includes(`:${controls[1]}`)),
                  lines.find((line) => !line.includes(`:${controls[1]}`)));
    });


    await test('one message more is one line more in the log', async () => {
        const marks = bench.marks();

        assert.equal((await origins[0].publish('alone')).status, 200);
        await hear('alone', [east]);

        const lines = failures(marks);

        assert.equal(lines.length, 1, lines.join('\n'));
        assert.match(lines[0], new RegExp(`:${controls[1]}\\b`));
    });


    await test('a publisher that wants all proxies to have it is told',
               async () => {
        const response = await origins[1].publish('not for all', '/all');

        assert.equal(response.status, 502);
        assert.ok(!response.body.toString().includes(`${controls[1]}`));
        await hear('not for all', [east]);
    });


    await test('a proxy that comes back has clients again', async () => {
        await west.start();
        await canHold(west.port, '/1/ready');

        const socket = await bench.connect(west, '/1/ws', { hears: 'room' });

        assert.equal((await origins[0].publish('again', '/all')).status, 200);
        assert.equal(await socket.next(), 'again');
        await hear('again', [east]);
    });
});
