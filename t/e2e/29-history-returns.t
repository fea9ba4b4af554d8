#!/usr/bin/env node
'use strict';

// Clients that come and go while much is published.  GRIP_RETURNS=500 has each
// of them return so often, while twenty times as many items pass.

const assert = require('node:assert/strict');

const { EventSource } = require('eventsource');

const { canHold, get, Stream } = require('./lib/http');
const { ask } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { Tunnel } = require('./lib/tunnel');
const { sleep, until } = require('./lib/wait');

const RETURNS = Number(process.env.GRIP_RETURNS ?? 50);
const ITEMS = RETURNS * 20;
const PUBLISHERS = 4;

// so many are sure to be delivered, message_rate being what it is

const RATE = 150;


suite(async ({ bench, test }) => {
    const own = await freePort();

    const { pushpin } = await bench.stack({
        http: `
            grip_history_zone news:16m items=20000 bytes=8m;

            server {
                listen 127.0.0.1:${own};
                grip_history news;

                location = /publish { grip_publish $arg_channel; }
            }
        `,

        server: `
            grip_history      news;
            grip_history_link /.grip/ timeout=5s;

            location ~ ^/events/(?<room>\\w+)$ {
                grip_hold      sse;
                grip_channel   $room;
                grip_hold_body "retry: 10\\n\\n";
            }

            location ~ ^/poll/(?<room>\\w+)$ {
                grip_hold         response timeout=5s;
                grip_channel      $room;
                grip_history_from $arg_after;
                grip_hold_body    "";
            }
        `,
    });


    // Publishes to a channel, by several at once.  Resolves with the texts in
    // the order of their ids, which the answers tell.

    async function publish(channel, count) {
        const said = [];
        const start = Date.now();
        let next = 0;

        await Promise.all(Array.from({ length: PUBLISHERS }, async () => {
            while (next < count) {
                const text = `${next++}`;
                const { status, headers } = await ask(own, {
                    target: `/publish?channel=${channel}`, body: text,
                    headers: { 'Content-Type': 'text/plain' } });

                assert.equal(status, 200);
                said.push({ text, id: headers.get('last-event-id')[0] });
                await sleep(Math.max(0, start + next * 1000 / RATE
                                        - Date.now()));
            }
        }));

        return said.sort((a, b) => (a.id < b.id ? -1 : 1));
    }


    await canHold(pushpin.port, '/events/ready');


    await test('an EventSource that comes and goes hears each item once, in '
               + 'order', async () => {
        const tunnel = await Tunnel.start(pushpin.port);
        const events = new EventSource(
            `http://127.0.0.1:${tunnel.port}/events/room`);
        const heard = [];
        let opened = 0;
        let publishing = true;

        events.onopen = () => {
            opened++;
        };

        events.onmessage = ({ data, lastEventId }) => {
            heard.push({ text: data, id: lastEventId });
        };

        const resets = [];

        events.addEventListener('reset', (event) => resets.push(event));
        await until('it listens', () => pushpin.subscriptions('room') > 0);

        // this one remembers no id that came without an event

        const [first] = await publish('room', 1);

        await until('it has heard one', () => heard.length === 1);

        const cutting = (async () => {
            for (let i = 0; i < RETURNS; i++) {
                const before = opened;

                tunnel.cut({ amid: publishing && i % 2 === 1 });
                await until('it is there again', () => opened > before);
                await sleep(Math.random() * 150);
            }
        })();

        const said = [first, ...await publish('room', ITEMS)];

        // one that was to be cut amid bytes may get none any more

        publishing = false;
        tunnel.cut();
        await cutting;
        await until('it has heard all', () => heard.length >= said.length);

        // behind which nothing comes

        said.push(...await publish('room', 1));
        await until('it has heard the last one', () => {
            return heard.at(-1).id === said.at(-1).id;
        });

        events.close();
        await tunnel.stop();
        assert.deepEqual(heard, said);
        assert.ok(opened > RETURNS);
        assert.deepEqual(resets, []);
    }, 60000 + ITEMS * 50);


    await test('a client that has heard nothing yet misses nothing either, of '
               + 'a channel that is new or not', async () => {
        for (const before of [0, 3]) {
            const channel = `early${before}`;
            const target = `/events/${channel}`;

            await publish(channel, before);

            let stream = await Stream.open(pushpin.port, target);

            await until('it is told where it is', () => {
                return /^id: .*\n\n/m.test(stream.text);
            });

            const [, id] = /^id: (.*)\n\n/m.exec(stream.text);

            stream.terminate();

            const said = await publish(channel, 3);

            stream = await Stream.open(pushpin.port, target,
                                       { headers: { 'Last-Event-ID': id } });
            await stream.is(':\n\n' + said.map((item) => {
                return `id: ${item.id}\ndata: ${item.text}\n\n`;
            }).join(''));
            stream.terminate();
        }
    });


    await test('a loop of long-polls whose requests are broken off hears each item '
               + 'once, in order',
               async () => {
        const tunnel = await Tunnel.start(pushpin.port);
        const heard = [];
        let after = '';
        let broken = 0;
        let done = false;

        const loop = (async () => {
            while (!done) {
                try {
                    const { status, headers, body } = await get(tunnel.port,
                        `/poll/polls?after=${after}`);

                    assert.equal(status, 200);
                    heard.push(...body.split('\n').filter(Boolean));
                    after = headers['last-event-id'];

                } catch (error) {
                    if (error instanceof assert.AssertionError) {
                        throw error;
                    }

                    broken++;
                }
            }
        })();

        await until('it listens', () => pushpin.subscriptions('polls') > 0);

        // before its first answer it is nowhere

        const [first] = await publish('polls', 1);

        await until('it has heard one', () => heard.length === 1);

        const cutting = (async () => {
            for (let i = 0; i < RETURNS; i++) {
                await sleep(Math.random() * 150);
                tunnel.cut({ amid: i % 2 === 1 });
            }
        })();

        const said = [first, ...await publish('polls', ITEMS / 4)];

        await cutting;
        await until('it has heard all', () => heard.length >= said.length);
        done = true;
        tunnel.cut();
        await loop;
        await tunnel.stop();

        assert.deepEqual(heard, said.map(({ text }) => text));
        assert.ok(broken > RETURNS / 2, `${broken}`);
    }, 60000 + ITEMS * 20);
});
