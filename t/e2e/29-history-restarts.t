#!/usr/bin/env node
'use strict';

// Streams and long-polls with a history while proxies, workers and nginx itself
// come and go under load.

const assert = require('node:assert/strict');

const { canHold, get, Stream } = require('./lib/http');
const { childrenOf } = require('./lib/nginx');
const { ask } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { Source } = require('./lib/source');
const { suite } = require('./lib/suite');
const { sleep, until, within } = require('./lib/wait');


// The loop of a client that long-polls.

class Poll {

    constructor(port, target) {
        Object.assign(this, { heard: [], resets: 0, id: '', closed: false });
        this.running = this.run(port, target);
    }


    async run(port, target) {
        while (!this.closed) {
            try {
                const { status, headers, body } = await get(port,
                    `${target}?after=${this.id}`, { ms: 8000 });

                if (status === 200) {
                    this.heard.push(...body.split('\n').filter(Boolean));
                }

                if (status === 410) {
                    this.resets++;
                }

                if (status === 200 || status === 410) {
                    this.id = headers['last-event-id'];
                    continue;
                }

            } catch { /* again */ }

            await sleep(50);
        }
    }


    async close() {
        this.closed = true;
        await this.running;
    }
}


suite(async ({ bench, test }) => {
    const own = await freePort();
    const small = await freePort();
    const controls = [await freePort(), await freePort()];

    const nginx = await bench.nginx({
        daemon: true,

        http: `
            grip_url http://127.0.0.1:${controls[0]}/?iss=pushpin&key=changeme;
            grip_url http://127.0.0.1:${controls[1]}/?iss=pushpin&key=changeme;
            grip_connect_timeout 500ms;
            grip_read_timeout    500ms;
            grip_history_zone    news:16m items=20000 bytes=8m;
            keepalive_timeout    2s;

            server {
                listen 127.0.0.1:${own};
                grip_history news;

                location = /publish {
                    grip_publish         $arg_channel;
                }
            }

            server {
                listen 127.0.0.1:${small};
                grip_url http://127.0.0.1:${controls[1]}/?iss=pushpin&key=changeme;
                grip_queue_size 64k;
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

            location ~ ^/raw/(?<room>\\w+)$ {
                grip_hold      stream;
                grip_channel   $room;
                grip_hold_body "hello\\n";
            }

            location ~ ^/poll/(?<room>\\w+)$ {
                grip_hold         response timeout=5s;
                grip_channel      $room;
                grip_history_from $arg_after;
                grip_hold_body    "";
            }
        `,
    });

    const proxies = [];

    for (const control of controls) {
        const pushpin = await bench.pushpin({ control, origin: nginx.port });

        await canHold(pushpin.port, '/events/ready');
        proxies.push(pushpin);
    }

    const [east, west] = proxies;


    const say = (channel, text, port = own) => ask(port, {
        target: `/publish?channel=${channel}`, body: text,
        headers: { 'Content-Type': 'text/plain' },
    }).catch(() => null);


    // Clients of both proxies, and two publishers whose items are numbered,
    // while something happens, which is given a function that waits until some
    // more were.  Resolves with texts in the order of their ids, and the clients.

    async function traffic(channel, happens) {
        const clients = proxies.flatMap(({ port }) => [
            new Source(port, `/events/${channel}`),
            new Source(port, `/events/${channel}`),
            new Poll(port, `/poll/${channel}`),
        ]);

        await until('all listen', () => proxies.every((pushpin) => {
            return pushpin.subscriptions(channel) >= 3;
        }));

        // a long-poll is nowhere before its first answer, and what is published
        // while a proxy hangs up on it is nothing that it has missed

        const hello = say(channel, 'hello');

        await until('all know where they are',
                    () => clients.every(({ id }) => id));
        await hello;

        const said = [];
        let going = true;

        const more = () => {
            const enough = said.length + 10;

            return until('some more are said', () => said.length >= enough);
        };

        const publishers = [0, 1].map(async (who) => {
            for (let i = 0; going; i++) {
                const text = `${who}.${i}`;

                // what has no answer was published, or not

                const response = await say(channel, text);
                const id = response?.headers.get('last-event-id')?.[0];

                said.push({ text, id, status: response?.status });
                await sleep(20);
            }
        });

        try {
            await more();
            await happens(more);
            await more();

        } finally {
            going = false;
            await Promise.all(publishers);
        }

        return { channel, clients, said };
    }


    // All items whose ids are told, in order; others may be among them.

    async function heardAll({ channel, clients, said }, ms = 15000) {
        const numbered = said.filter(({ id }) => id)
            .sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ text }) => text);
        const unknown = new Set(said.filter(({ id }) => !id)
            .map(({ text }) => text));
        const all = ({ heard }) => heard.filter((text) => {
            return text !== 'hello' && text !== 'end';
        });
        const sure = (client) => {
            return all(client).filter((text) => !unknown.has(text));
        };

        await until('all have heard all', () => clients.every((client) => {
            return sure(client).length >= numbered.length;
        }), ms).catch(() => {});

        // behind which nothing comes

        await say(channel, 'end');
        await until('all have heard the end', () => clients.every(({ heard }) => {
            return heard.includes('end');
        }), ms);
        await Promise.all(clients.map((client) => client.close()));

        for (const client of clients) {
            assert.equal(client.heard.at(-1), 'end');
            assert.deepEqual(sure(client), numbered);
            assert.deepEqual(all(client), all(clients[0]));
            assert.equal(client.resets, 0);
        }

        return numbered;
    }


    await test('a proxy is restarted: its clients come back, those of the '
               + 'other notice nothing', async () => {
        const all = await traffic('restart', async (more) => {
            await west.stop();
            await more();
            await west.start();
            await until('its clients are back', () => {
                return west.subscriptions('restart') >= 3;
            });
        });

        // a client that has heard all is back

        assert.ok((await heardAll(all)).length > 10);

        const sources = all.clients.filter(({ opened }) => opened);
        const [some, others] = [sources.slice(0, 2), sources.slice(2)]
            .map((list) => list.reduce((sum, { opened }) => sum + opened, 0));

        // a proxy that hangs up says so

        assert.ok(some >= 2 && some <= 2 + east.canceled(), `${some}`);
        assert.ok(others >= 4 && others <= 4 + west.canceled(), `${others}`);
    }, 60000);


    await test('a proxy is away while more fails than its queue has room for: '
               + 'its clients hear what comes then',
               async () => {
        const statuses = new Set();

        await west.stop();

        for (let i = 0; i < 100; i++) {
            const response = await say(`away${i % 20}`, 'x'.repeat(1000), small);

            statuses.add(response.status);
        }

        await west.start();
        await canHold(west.port, '/events/ready');
        assert.deepEqual([...statuses], [502]);

        const source = new Source(west.port, '/events/away');

        await until('it listens', () => {
            return source.id && west.subscriptions('away') > 0;
        });

        for (const text of ['new', 'newer']) {
            assert.equal((await say('away', text, small)).status, 200);
        }

        await until('it hears', () => source.heard.length >= 2);
        assert.deepEqual(source.heard, ['new', 'newer']);
        await source.close();
    }, 60000);


    await test('a proxy stands still for a while, its streams stay: what they '
               + 'missed comes when it goes on', async () => {
        const pids = (pid) => [pid, ...childrenOf(pid).flatMap(pids)];
        const all = await traffic('still', async () => {
            const some = childrenOf(west.program.child.pid).flatMap(pids);

            some.forEach((pid) => process.kill(pid, 'SIGSTOP'));

            try {
                await sleep(2500);

            } finally {
                some.forEach((pid) => process.kill(pid, 'SIGCONT'));
            }
        });

        assert.ok(all.said.some(({ status }) => status === 200));
        assert.ok((await heardAll(all, 20000)).length > 10);
    }, 60000);


    await test('workers are killed at any moment: what they have numbered is '
               + 'heard', async () => {
        const all = await traffic('killed', async (more) => {
            for (let i = 0; i < 4; i++) {
                const pid = nginx.workers()[i % 2];

                nginx.kill(pid);
                await until('another one runs', () => {
                    const workers = nginx.workers();

                    return workers.length === 2 && !workers.includes(pid);
                });
                await more();
            }
        });

        assert.ok((await heardAll(all)).length > 10);
    }, 60000);


    await test('reloads are not noticed', async () => {
        const all = await traffic('reload', async (more) => {
            for (let i = 0; i < 3; i++) {
                await nginx.reload();
                await more();
            }
        });

        assert.ok((await heardAll(all)).length > 10);
    }, 60000);


    await test('a binary upgrade begins a new history: clients are told once, '
               + 'and miss nothing of it', async () => {
        const raws = await Promise.all(proxies.map(({ port }) => {
            return Stream.open(port, '/raw/upgrade');
        }));

        const { clients, said } = await traffic('upgrade', async (more) => {
            await nginx.upgrade();
            await more();
        });

        const life = (id) => id.slice(0, 16);
        const lives = said.filter(({ id }) => id).map(({ id }) => life(id));
        const last = lives.at(-1);
        const kept = said.filter(({ id }) => id && life(id) === last)
            .sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ text }) => text);

        assert.notEqual(lives[0], last);

        // a link that is unknown ends its stream at once, with nothing more

        await until('all are told, and up to date', () => {
            return clients.every(({ opened, heard, resets }) => {
                return resets > 0 && (!opened || heard.at(-1) === kept.at(-1));
            });
        }, 15000);

        for (const raw of raws) {
            await within(5000, 'a raw stream to end', raw.ended);
            assert.match(raw.text, /^hello\n(?:id: .*\ndata: .*\n\n)*$/);
        }

        await say('upgrade', 'end');
        await until('all have heard the end', () => clients.every(({ heard }) => {
            return heard.at(-1) === 'end';
        }), 15000);
        await Promise.all(clients.map((client) => client.close()));

        for (const { opened, heard, resets } of clients) {
            assert.equal(resets, 1);
            assert.equal(new Set(heard).size, heard.length);

            if (opened) {
                assert.deepEqual(heard.slice(-kept.length - 1), [...kept, 'end']);
            }
        }
    }, 90000);
});
