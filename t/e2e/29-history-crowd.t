#!/usr/bin/env node
'use strict';

// Many streams that have lost the same item, and items that a worker has
// numbered and takes with it.  GRIP_CROWD=2000 opens so many streams, on a
// machine that has nothing else to do: else Pushpin 1.41 may forget streams
// whose links nginx has answered, see docs/history.md.

const assert = require('node:assert/strict');

const { canHold } = require('./lib/http');
const { ask, metric } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { Source } = require('./lib/source');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');

const STREAMS = Number(process.env.GRIP_CROWD ?? 60);
const ROOMS = ['tea', 'coffee', 'milk'];


suite(async ({ bench, test }) => {
    const own = await freePort();
    const deaf = await freePort();
    const nobody = await freePort();
    const soon = await freePort();
    const near = await bench.wire(soon);

    const events = (prefix, timeout) => `
        grip_history      news;
        grip_history_link ${prefix}/.grip/ timeout=${timeout};

        location ~ ^${prefix}/events/(?<room>\\w+)$ {
            grip_hold      sse;
            grip_channel   $room;
            grip_hold_body "";
        }
    `;

    const { nginx, pushpin, wire, control } = await bench.stack({
        workers: 1,

        routes: `*,path_beg=/soon/ 127.0.0.1:${near.port},over_http\n`
                + '* %s,over_http\n',

        http: `
            grip_history_zone news:4m;
            grip_metrics_zone metrics:1m;

            server {
                listen 127.0.0.1:${own};
                grip_history news;

                location = /publish { grip_publish $arg_channel; }
                location = /metrics { grip_metrics; }
            }

            server {
                listen 127.0.0.1:${deaf};
                grip_url http://127.0.0.1:${nobody}/?iss=a&key=b;
                grip_history news;

                location = /publish { grip_publish $arg_channel; }
            }

            server {
                listen 127.0.0.1:${soon};
                ${events('/soon', '3s')}
            }
        `,

        server: events('', '40s'),
    });

    const say = (channel, body, port = own) => ask(port, { body,
        target: `/publish?channel=${channel}`,
        headers: { 'Content-Type': 'text/plain' } });

    const links = () => [...wire.exchanges, ...near.exchanges]
        .filter(({ request }) => request.target.includes('/.grip/'));

    const sum = (list) => list.reduce((all, one) => all + one, 0);


    await canHold(pushpin.port, '/events/ready');


    await test('streams that have lost the same item cost nginx few requests',
               async () => {
        const sources = [];

        // so that the proxy is not asked for more at once than it accepts

        await Promise.all(Array.from({ length: 20 }, async () => {
            while (sources.length < STREAMS) {
                const room = ROOMS[sources.length % ROOMS.length];
                const source = new Source(pushpin.port, `/events/${room}`,
                                          { ms: 30000 });

                sources.push(source);
                await until('it knows where it is', () => source.id, 60000);
            }
        }));

        const hear = (texts, ms) => until(`all have heard ${texts}`, () => {
            return sources.every(({ heard }) => heard.length >= texts.length);
        }, ms);

        await until('all listen', () => {
            return sum(ROOMS.map((room) => pushpin.subscriptions(room)))
                   >= STREAMS;
        });

        for (const room of ROOMS) {
            assert.equal((await say(room, 'a')).status, 200);
        }

        // a stream that was not yet subscribed has it by the time of its link

        await hear(['a'], 60000);

        const from = links().length;
        const start = Date.now();

        for (const room of ROOMS) {
            assert.equal((await say(room, 'lost', deaf)).status, 502);
            assert.equal((await say(room, 'b')).status, 200);
        }

        // else it is the proxy's matter: nginx has answered all that it was asked

        await hear(['a', 'lost', 'b'], 30000).catch((error) => {
            const open = links().filter(({ response }) => !response).length;

            error.message += `; ${open} links without an answer`;
            throw error;
        });

        const ms = Date.now() - start;
        const asked = links().slice(from);

        // behind which nothing comes

        for (const room of ROOMS) {
            assert.equal((await say(room, 'end')).status, 200);
        }

        await hear(['a', 'lost', 'b', 'end'], 60000);

        for (const { heard } of sources) {
            assert.deepEqual(heard, ['a', 'lost', 'b', 'end']);
        }

        // who was hung up on has come back

        const opened = sum(sources.map((source) => source.opened));

        assert.ok(opened <= STREAMS + pushpin.canceled(),
                  `${opened} streams, ${pushpin.canceled()} canceled`);

        await Promise.all(sources.map((source) => source.close()));

        // how many of those that are the same the proxy has under way together,
        // and makes one, is a matter of its speed

        const different = new Set(asked.map(({ request }) => {
            return `${request.target} ${request.header('Grip-Last')}`;
        }));

        console.log(`# ${STREAMS} streams, ${ROOMS.length} positions: `
                    + `${asked.length} requests, ${ms} ms`);

        assert.ok(different.size <= 2 * ROOMS.length, `${different.size}`);

        if (process.env.GRIP_CROWD) {
            assert.ok(asked.length <= 20 * ROOMS.length);
        }
    }, 240000);


    // A stream that has heard one item, and a worker that is killed while one
    // is under way and the next one, which has a number, waits for its answer.

    async function killed(prefix, channel) {
        const source = new Source(pushpin.port, `${prefix}/events/${channel}`);

        await until('it listens', () => {
            return source.id && pushpin.subscriptions(channel) > 0;
        });
        assert.equal((await say(channel, 'a')).status, 200);
        await until('it hears', () => source.heard.length === 1, 60000);

        // which is also asked for a second after a channel's first subscriber

        await until('its link has been asked for', () => links().some(
            ({ request, response }) => response
                && request.header('Grip-Last').startsWith(`${channel};`)));

        const before = control.exchanges.length;

        control.hold();

        const lost = ['b', 'c'].map((text) => say(channel, text)
            .then(() => 'answered', () => 'broken off'));

        await until('one is under way, two have a number', async () => {
            return control.exchanges.length === before + 1
                   && await metric(own, 'grip_publish_queue_items') === 2;
        });

        const [pid] = nginx.workers();

        nginx.kill(pid);
        assert.deepEqual(await Promise.all(lost), ['broken off', 'broken off']);
        control.release();

        await until('another one runs', () => {
            return nginx.workers().length === 1 && nginx.workers()[0] !== pid;
        });

        return { source, posted: () => control.exchanges.length - before };
    }


    await test('an item that a worker has numbered when it is killed comes '
               + 'with the next item', async () => {
        const { source, posted } = await killed('', 'next');

        assert.equal((await say('next', 'd')).status, 200);
        await until('it has heard all', () => source.heard.length >= 4, 15000);
        assert.equal(source.heard.at(-1), 'd');
        assert.deepEqual(source.heard.sort(), ['a', 'b', 'c', 'd']);
        assert.equal(posted(), 2);
        await source.close();
    }, 120000);


    await test('and at the time of the link, when there is none', async () => {
        const { source, posted } = await killed('/soon', 'alone');

        await until('it has heard all', () => source.heard.length >= 3, 30000);
        assert.deepEqual(source.heard.sort(), ['a', 'b', 'c']);
        assert.equal(posted(), 1);
        await source.close();
    }, 120000);
});
