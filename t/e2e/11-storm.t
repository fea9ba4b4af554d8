#!/usr/bin/env node
'use strict';

const assert = require('node:assert/strict');

const { suite } = require('./lib/suite');
const { sleep } = require('./lib/wait');


// A reload every 150 ms, and thirty clients that always wait for an answer:
// there is always a connection on which the proxy is about to write.  Nothing
// stands between the proxy and nginx, so that a connection ends when it does.

suite(async ({ bench, test }) => {
    const CLIENTS = 30;
    const RELOADS = 40;

    const nginx = await bench.nginx({
        daemon: true,

        http: 'grip_url http://127.0.0.1:1/?iss=pushpin&key=changeme;',

        server: `
            location /echo {
                grip_websocket;
                grip_on text { send "$grip_message"; }
            }

            location /unverified {
                grip_websocket;
                grip_verify off;
                grip_on text { send "$grip_message"; }
            }
        `,
    });

    const pushpin = await bench.pushpin({ origin: nginx.port });


    async function storm(target) {
        const clients = [];

        for (let i = 0; i < CLIENTS; i++) {
            clients.push(await bench.connect(pushpin, target, {}));
        }

        let reloading = true;

        // each says the next when it hears the last
        const talks = clients.map((client) => new Promise((resolve) => {
            let count = 0;

            const say = () => {
                if (reloading) {
                    client.send(`${count++}`);
                } else {
                    resolve(count);
                }
            };

            client.socket.on('message', say);
            client.closed.then(() => resolve(count));
            say();
        }));

        for (let i = 0; i < RELOADS; i++) {
            await nginx.reload();
            await sleep(150);
        }

        reloading = false;

        const said = await Promise.all(talks);
        const lost = clients.filter((client) => client.gone);

        assert.deepEqual(lost.map((client) => client.gone), [],
                         `${lost.length} of ${CLIENTS} clients were lost`);

        for (const [i, client] of clients.entries()) {
            assert.deepEqual(client.messages,
                Array.from({ length: said[i] }, (_, n) => `${n}`));

            assert.ok(said[i] > RELOADS, `${said[i]} messages`);

            await client.close(1000);
        }
    }


    await test('row 36: a storm of reloads loses none of thirty busy clients',
               () => storm('/echo'), 120000);


    await test('row 36: nor where nothing is verified',
               () => storm('/unverified'), 120000);
});
