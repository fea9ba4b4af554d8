#!/usr/bin/env node
'use strict';

const assert = require('node:assert/strict');

const { isSince } = require('./lib/pushpin');
const { suite } = require('./lib/suite');
const { sleep, until } = require('./lib/wait');


suite(async ({ bench, test }) => {
    const stack = await bench.stack({

        daemon: true,

        // old workers live until the proxy's idle connections have ended

        server: `
            keepalive_timeout 2s;

            location /room {
                grip_websocket;

                grip_on open { subscribe room; }
                grip_on text { publish room "$arg_name $grip_message";
                               send "echo $grip_message"; }
            }

            location /once {
                grip_websocket;

                grip_on open { subscribe once; }
                grip_on text ~ "^(?<id>.) after (?<prev>.)$" {
                    publish once $id id=$id prev_id=$prev;
                    send "echo $id";
                }
            }
        `,
    });


    // Six clients talk to each other while nginx is disturbed three times.  They
    // wait when one of them has many messages still to hear: the proxy passes on
    // 2,500 in a second and drops what is beyond its queue, and it is not known
    // how long the disturbance takes.

    async function talk(disturb) {
        const SPEAKERS = 6;
        const BEHIND = 300;
        const clients = [];
        const said = Array(SPEAKERS).fill(0);
        let total = 0;

        const behind = () => clients.some(({ messages }, i) => {
            return total + said[i] - messages.length > BEHIND;
        });

        for (let i = 0; i < SPEAKERS; i++) {
            clients.push(await stack.connect(`/room?name=${i}`,
                                             { hears: 'room' }));
        }

        let talking = true;

        await Promise.all([
            ...clients.map(async (client, i) => {
                while (talking) {
                    if (!behind()) {
                        client.send(`${said[i]++}`);
                        total++;
                    }

                    await sleep(10);
                }
            }),

            (async () => {
                try {
                    for (let times = 0; times < 3; times++) {
                        await sleep(300);
                        await disturb();
                    }

                    await sleep(300);
                    await until('there is something to hear', () => {
                        return total > SPEAKERS * 50;
                    });

                } finally {
                    talking = false;
                }
            })(),
        ]);

        for (const [i, client] of clients.entries()) {
            await until(`client ${i} has heard all`, () => {
                assert.equal(client.gone, undefined);
                return client.messages.length >= total + said[i];
            });

            const echoes = client.messages.filter((text) => /^echo/.test(text));

            assert.deepEqual(echoes,
                Array.from({ length: said[i] }, (_, n) => `echo ${n}`));

            for (const [j, count] of said.entries()) {
                const heard = client.messages
                    .filter((text) => text.startsWith(`${j} `));

                assert.deepEqual(heard,
                    Array.from({ length: count }, (_, n) => `${j} ${n}`));
            }
        }

        // a request may meet a closing connection, and is sent again then
        for (const { response } of stack.wire.exchanges) {
            assert.equal(response?.status ?? 200, 200);
        }

        for (const client of clients) {
            await client.close(1000);
        }
    }


    await test('row 36: three reloads drop nobody and lose nothing',
               () => talk(() => stack.nginx.reload()), 60000);


    await test('row 36: three binary upgrades drop nobody and lose nothing',
               () => talk(() => stack.nginx.upgrade()), 60000);


    // an item may be heard before its own request is answered

    const answered = ({ request }) => request.body.includes('0 after x');


    // a newer proxy does not repeat it, and cuts the client off

    if (isSince('1.41')) {
        await test('row 37: a batch whose answer is lost is lost, its client '
                   + 'hears of it', async () => {
            const ann = await stack.connect('/once', { hears: 'once' });
            const bob = await stack.connect('/once', { hears: 'once' });

            ann.send('0 after x');
            assert.equal(await bob.next(), '0');
            await ann.exchange('about it', answered);

            stack.wire.loseAnswer();
            ann.send('1 after 0');

            // it was published, as nginx had got it
            assert.equal(await bob.next(), '1');
            assert.equal((await ann.closed).code, 1006);

            const about = ann.exchanges.slice(1);

            assert.equal(about.filter(({ lost }) => lost).length, 1);

            // neither CLOSE nor DISCONNECT tells nginx
            await sleep(1000);
            assert.equal(about.filter(({ request }) => {
                return /^(?:CLOSE|DISCONNECT)/.test(request.body);
            }).length, 0);

            bob.send('2 after 1');
            await until('the others go on', () => {
                return bob.messages.includes('echo 2');
            });
        });

        return;
    }


    await test('row 37: a batch that is delivered twice is answered, its items '
               + 'with ids are heard once', async () => {
        const ann = await stack.connect('/once', { hears: 'once' });
        const bob = await stack.connect('/once', { hears: 'once' });

        ann.send('0 after x');
        assert.equal(await bob.next(), '0');
        await ann.exchange('about it', answered);

        // the proxy asks again when its kept connection ends without an answer
        stack.wire.loseAnswer();
        ann.send('1 after 0');
        ann.send('2 after 1');
        ann.send('3 after 2');

        for (const text of ['1', '2', '3']) {
            assert.equal(await bob.next(), text);
        }

        // only this says that the proxy has asked again: Bob may be ahead
        const heard = [];

        while (heard.length < 8) {
            heard.push(await ann.next());
        }

        assert.deepEqual(heard.filter((text) => /^echo/.test(text)),
                         ['echo 0', 'echo 1', 'echo 2', 'echo 3']);

        const twice = ann.exchanges.filter(({ request }) => {
            return request.body.includes('1 after 0');
        });

        assert.equal(twice.length, 2);
        assert.ok(twice[0].lost);
        assert.deepEqual(twice[0].request.body, twice[1].request.body);

        bob.send('4 after 3');
        assert.equal(await ann.next(), '4');
        assert.deepEqual(ann.messages, []);
    });
});
