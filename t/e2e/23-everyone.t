#!/usr/bin/env node
'use strict';

// One message for clients of all kinds, and who may send it.

const assert = require('node:assert/strict');

const { EventSource } = require('eventsource');

const { canHold, get, settle, Stream } = require('./lib/http');
const { ask, signature } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');


suite(async ({ bench, test }) => {
    const own = await freePort();

    const stack = await bench.stack({
        http: `
            server {
                listen 127.0.0.1:${own};

                location = /publish {
                    grip_publish        $arg_channel;
                    grip_publish_format ws-message sse http-response;
                    grip_publish_meta   sender $arg_sender;
                }

                location = /prefixed {
                    grip_prefix         app-;
                    grip_publish        room;
                    grip_publish_format ws-message http-stream;
                }
            }
        `,

        server: `
            location /ws {
                grip_websocket;
                grip_on open { subscribe $arg_room filter=skip-self;
                               filter_meta user $arg_user; }
                grip_on text { publish $arg_room $grip_message
                                   format=ws-message format=sse
                                   format=http-response
                                   meta=sender:$arg_user; }
            }

            location /events {
                grip_hold        sse;
                grip_channel     $arg_room filter=skip-self;
                grip_filter_meta user $arg_user;
                grip_hold_body   "";
            }

            location /poll {
                grip_hold        response timeout=20s;
                grip_channel     $arg_room filter=skip-self;
                grip_filter_meta user $arg_user;
                grip_hold_body   "no news\\n";
            }

            location /app {
                grip_prefix      app-;
                grip_hold        stream;
                grip_channel     room;
                grip_hold_body   "";
            }

            location /app-ws {
                grip_prefix      app-;
                grip_websocket;
                grip_on open     { subscribe room; }
            }

            # not the place for these: the proxy routes here

            location /refused {
                allow 127.0.0.1;
                deny  all;
                grip_publish victim;
            }

            location /control/ {
                allow 127.0.0.1;
                deny  all;
                grip_control;
            }

            location /allowed {
                grip_verify  on;
                grip_publish victim;
            }
        `,
    });

    const { nginx, pushpin } = stack;
    const heard = (channel) => pushpin.subscriptions(channel);
    const sources = [];


    // A WebSocket, an EventSource and a long-poll of one room that has settled.

    async function everyone(room, user) {
        const before = heard(room);
        const query = `room=${room}&user=${user}`;
        const socket = await stack.connect(`/ws?${query}`);
        const events = new EventSource(
            `http://127.0.0.1:${pushpin.port}/events?${query}`);
        const poll = get(pushpin.port, `/poll?${query}`);
        const heardBy = { socket: [], events: [], poll: [] };

        sources.push(events);
        events.onmessage = ({ data }) => heardBy.events.push(data);
        socket.socket.on('message', (data) => {
            heardBy.socket.push(data.toString());
        });
        poll.then(({ body }) => heardBy.poll.push(body), () => {});

        await until('all are heard', () => heard(room) === before + 3);

        return heardBy;
    }


    const settled = (room) => settle(pushpin, `/poll?room=${room}`, room);


    async function post(query, body) {
        const response = await ask(own, { target: `/publish?${query}`, body });

        assert.equal(response.status, 200);
        assert.equal(response.body.toString(), 'Published\n');
    }


    await canHold(pushpin.port, '/events?room=ready&user=x');


    await test('a message that is published once arrives at a WebSocket, an '
               + 'EventSource and a long-poll', async () => {
        await settled('all');

        const ann = await everyone('all', 'ann');

        await post('channel=all', 'hello\nall');

        await until('everyone has heard', () => {
            return ann.socket.length && ann.events.length && ann.poll.length;
        });
        assert.deepEqual(ann, { socket: ['hello\nall'],
                                events: ['hello\nall'],
                                poll: ['hello\nall'] });
    });


    await test('a message of a WebSocket client arrives at all of them',
               async () => {
        await settled('spoken');

        const ann = await everyone('spoken', 'ann');
        const bob = await stack.connect('/ws?room=spoken&user=bob');

        bob.send('from bob');
        await until('everyone has heard', () => {
            return ann.socket.length && ann.events.length && ann.poll.length;
        });
        assert.deepEqual(ann, { socket: ['from bob'], events: ['from bob'],
                                poll: ['from bob'] });
    });


    await test('a sender does not hear himself, however he listens',
               async () => {
        await settled('self');

        const ann = await everyone('self', 'ann');
        const bob = await everyone('self', 'bob');

        await post('channel=self&sender=ann', 'from ann');
        await until('bob has heard', () => {
            return bob.socket.length && bob.events.length && bob.poll.length;
        });
        await post('channel=self&sender=bob', 'from bob');
        await until('ann has heard', () => {
            return ann.socket.length && ann.events.length && ann.poll.length;
        });

        assert.deepEqual(ann, { socket: ['from bob'], events: ['from bob'],
                                poll: ['from bob'] });
        assert.deepEqual(bob, { socket: ['from ann'], events: ['from ann'],
                                poll: ['from ann'] });
    });


    await test('row 55: publish locations, holds and rules have one prefix',
               async () => {
        const before = heard('app-room');
        const socket = await stack.connect('/app-ws');
        const stream = await Stream.open(pushpin.port, '/app');

        await until('both are heard', () => heard('app-room') >= before + 2);
        assert.equal((await ask(own, { target: '/prefixed', body: 'x' }))
            .status, 200);
        assert.equal(await socket.next(), 'x');
        await stream.is('x');
        stream.terminate();
    });


    await test('a client of the proxy cannot publish, though its address is '
               + 'that of the proxy', async () => {
        const victim = await stack.connect('/ws?room=victim&user=ann',
                                           { hears: 'victim' });
        const items = JSON.stringify({ items: [{
            channel: 'victim', formats: { 'ws-message': { content: 'bad' } },
        }] });

        for (const [target, body] of [['/refused', 'bad'],
                                      ['/control/publish/', items]])
        {
            const { status } = await get(pushpin.port, target,
                                         { method: 'POST', body });

            assert.equal(status, 403, target);
        }

        await nginx.logged(/"grip_publish" refused a request that came thro/);
        await nginx.logged(/"grip_control" refused a request that came thro/);

        // from this machine itself they are let in
        assert.equal((await ask(nginx.port, { target: '/refused',
                                              body: 'good' })).status, 200);
        assert.equal(await victim.next(), 'good');
    });


    await test('a location that says so lets clients of the proxy publish, '
               + 'and them alone', async () => {
        const victim = await stack.connect('/ws?room=victim&user=ann',
                                           { hears: 'victim' });
        const { status } = await get(pushpin.port, '/allowed',
                                     { method: 'POST', body: 'hello' });

        assert.equal(status, 200);
        assert.equal(await victim.next(), 'hello');

        for (const sig of [null, signature({ key: 'forged' })]) {
            const response = await ask(nginx.port, {
                target: '/allowed', body: 'bad', headers: { 'Grip-Sig': sig },
            });

            assert.equal(response.status, 403);
        }

        assert.deepEqual(victim.messages, []);
    });


    sources.forEach((events) => events.close());
});
