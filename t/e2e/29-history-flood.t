#!/usr/bin/env node
'use strict';

// Items that are published as fast as nginx takes them, while clients come and
// go.  GRIP_FLOOD=10000 publishes so many, GRIP_MESSAGE_RATE=0 takes off the
// limit that the proxy has, beyond which it drops items: what is dropped is to
// be heard all the same.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');

const { canHold } = require('./lib/http');
const { MessageReader } = require('./lib/message');
const { freePort } = require('./lib/ports');
const { Source } = require('./lib/source');
const { suite } = require('./lib/suite');
const { Tunnel } = require('./lib/tunnel');
const { sleep, until } = require('./lib/wait');

const ITEMS = Number(process.env.GRIP_FLOOD ?? 600);
const RATE = process.env.GRIP_MESSAGE_RATE;
const PUBLISHERS = 40;
const CLIENTS = 6;


// A connection that stays, and publishes one text after the other.

class Publisher {

    constructor(port, channel) {
        this.socket = net.connect(port, '127.0.0.1');
        this.target = `/publish?channel=${channel}`;

        this.reader = new MessageReader(this.socket, (answer) => {
            this.answered(answer);
        });
        this.failed = new Promise((resolve, reject) => {
            this.socket.on('error', reject);
            this.socket.on('close', () => reject(new Error('closed')));
        });
        this.failed.catch(() => {});
    }


    say(text) {
        this.socket.write(`POST ${this.target} HTTP/1.1\r\nHost: localhost\r\n`
                          + 'Content-Type: text/plain\r\n'
                          + `Content-Length: ${text.length}\r\n\r\n${text}`);

        return Promise.race([this.failed, new Promise((resolve) => {
            this.answered = resolve;
        })]);
    }
}


suite(async ({ bench, test }) => {
    const own = await freePort();
    const control = await freePort();

    const nginx = await bench.nginx({
        http: `
            grip_url http://127.0.0.1:${control}/?iss=pushpin&key=changeme;
            grip_history_zone news:32m items=${2 * ITEMS} bytes=16m;

            server {
                listen 127.0.0.1:${own};
                grip_history news;

                location = /publish { grip_publish $arg_channel; }
            }
        `,

        server: `
            grip_history      news;
            grip_history_link /.grip/ timeout=3s;

            location ~ ^/events/(?<room>\\w+)$ {
                grip_hold      sse;
                grip_channel   $room;
                grip_hold_body "";
            }
        `,
    });

    const pushpin = await bench.pushpin({
        control,
        origin: nginx.port,
        settings: RATE === undefined ? {} : {
            'handler.message_rate': RATE,
            'handler.message_hwm': RATE,
        },
    });


    // How many items the proxy says that it has dropped.

    function dropped() {
        const log = path.join(pushpin.folder, 'pushpin.log');

        return fs.readFileSync(log, 'utf8').split('exceeded publish hwm').length
               - 1;
    }


    // Resolves with the texts in the order of their ids.

    async function flood(channel) {
        const said = [];
        let next = 0;

        await Promise.all(Array.from({ length: PUBLISHERS }, async () => {
            const publisher = new Publisher(own, channel);

            while (next < ITEMS) {
                const text = `${next++}`;
                const answer = await publisher.say(text);

                assert.equal(answer.status, 200);
                said.push({ text, id: answer.header('last-event-id') });
            }

            publisher.socket.destroy();
        }));

        return said.sort((a, b) => (a.id < b.id ? -1 : 1))
            .map(({ text }) => text);
    }


    await canHold(pushpin.port, '/events/ready');


    await test('clients that come and go hear each item of a flood once, in '
               + 'order', async () => {
        const tunnel = await Tunnel.start(pushpin.port);
        const sources = Array.from({ length: CLIENTS }, (_, i) => {
            return new Source(i % 2 === 0 ? pushpin.port : tunnel.port,
                              '/events/flood', { ms: 10000 });
        });

        await until('all know where they are',
                    () => sources.every(({ id }) => id));

        let flooding = true;

        const cutting = (async () => {
            for (let i = 0; flooding || sources[1].opened < 3; i++) {
                await sleep(50 + Math.random() * 100);

                const { opened } = sources[1];

                tunnel.cut({ amid: flooding && i % 2 === 1 });

                if (!flooding) {
                    await until('the client comes back',
                                () => sources[1].opened > opened);
                }
            }
        })();

        const start = Date.now();
        const said = await flood('flood');
        const ms = Date.now() - start;

        flooding = false;
        await cutting;
        tunnel.cut();

        await until('all have heard all', () => sources.every(({ heard }) => {
            return heard.length >= said.length;
        }), 60000).catch(() => {});

        console.log(`# ${ITEMS} items, ${Math.round(ITEMS * 1000 / ms)}/s, heard `
                    + `after ${Date.now() - start} ms; the proxy says `
                    + `${dropped()} times that it has dropped some; `
                    + `${sources.map(({ opened }) => opened)} streams`);

        // behind which nothing comes

        const last = new Publisher(own, 'flood');

        said.push('end');
        assert.equal((await last.say('end')).status, 200);
        last.socket.destroy();
        await until('all have heard the end', () => sources.every(({ heard }) => {
            return heard.at(-1) === 'end';
        }), 30000);
        await Promise.all(sources.map((source) => source.close()));
        await tunnel.stop();

        for (const { heard, resets } of sources) {
            assert.deepEqual(heard, said);
            assert.equal(resets, 0);
        }

        assert.ok(sources[1].opened > 2);
    }, 120000);
});
