#!/usr/bin/env node
'use strict';

const assert = require('node:assert/strict');

const { Client } = require('./lib/client');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');


suite(async ({ bench, test }) => {
    const ports = [await freePort(), await freePort()];

    const nginx = await bench.nginx({
        http: `
            grip_url http://127.0.0.1:${ports[0]}/?iss=pushpin&key=east;
            grip_url http://127.0.0.1:${ports[1]}/?iss=pushpin&key=west;
        `,

        server: `
            location /room {
                grip_websocket;

                grip_on open { subscribe room; }
                grip_on text { publish room "$arg_name: $grip_message"; }
            }

            location /all {
                grip_websocket;
                grip_publish_require all;

                grip_on open            { subscribe room; }
                grip_on text ~ "^maybe" { publish room $grip_message
                                          on_error=ignore; send ignored; }
                grip_on text            { publish room $grip_message; }
            }
        `,
    });

    const proxies = [];

    for (const [i, key] of ['east', 'west'].entries()) {
        const wire = await bench.wire(nginx.port);
        const pushpin = await bench.pushpin({
            control: ports[i], origin: wire.port,
            settings: { 'proxy.sig_key': key },
        });

        proxies.push({ pushpin, connect: (target) => {
            return bench.connect(pushpin, target, { wire, hears: 'room' });
        } });
    }

    const [east, west] = proxies;
    const ann = await east.connect('/room?name=ann');
    const bob = await west.connect('/room?name=bob');


    await test('clients of two proxies hear each other', async () => {
        for (const text of ['1', '2', '3']) {
            ann.send(text);
            assert.equal(await bob.next(), `ann: ${text}`);
            assert.equal(await ann.next(), `ann: ${text}`);
            bob.send(text);
            assert.equal(await ann.next(), `bob: ${text}`);
            assert.equal(await bob.next(), `bob: ${text}`);
        }
    });


    await test('row 33: a proxy whose key we do not know gets no clients in',
               async () => {
        const wire = await bench.wire(nginx.port);
        const other = await bench.pushpin({
            origin: wire.port, settings: { 'proxy.sig_key': 'north' },
        });

        await assert.rejects(Client.connect(other.port, '/room', { wire }),
                             ({ response }) => response.status === 403);
    });


    await west.pushpin.stop();
    await bob.closed;


    await test('while one proxy is down the clients of the other talk',
               async () => {
        const lines = nginx.log.split('\n').length;
        const cid = await east.connect('/room?name=cid');

        ann.send('anybody?');
        assert.equal(await cid.next(), 'ann: anybody?');
        assert.equal(await ann.next(), 'ann: anybody?');

        const errors = nginx.log.split('\n').slice(lines - 1)
            .filter((line) => /\[error\]/.test(line));

        assert.ok(errors.length >= 1);
        assert.ok(errors.some((line) => line.includes(`:${ports[1]}`)));
        assert.ok(errors.every((line) => !line.includes(`:${ports[0]}`)));
        assert.equal(ann.gone, undefined);
    });


    await test('grip_publish_require all does not forgive a proxy that is down',
               async () => {
        const dan = await east.connect('/all');

        dan.send('maybe');

        const heard = [await dan.next(), await dan.next()];

        assert.deepEqual(heard.sort(), ['ignored', 'maybe']);
        dan.send('surely');
        assert.equal((await dan.closed).code, 1011);
    });


    await test('a proxy that is back is published to again', async () => {
        await west.pushpin.start();

        const eve = await west.connect('/room?name=eve');

        ann.messages.length = 0;
        ann.send('welcome back');
        assert.equal(await eve.next(), 'ann: welcome back');
        assert.equal(await ann.next(), 'ann: welcome back');
    });
});
