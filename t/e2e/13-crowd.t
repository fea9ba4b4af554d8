#!/usr/bin/env node
'use strict';

// A client that sends 40,000 messages while the proxy waits for an answer: they
// come in one request.  The test shows its cost, and that others do not notice.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');

const { get } = require('./lib/http');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { sleep, until } = require('./lib/wait');

const MESSAGES = 40000;

// ms that others may wait, of which sanitizers need more
const WAIT = process.env.GRIP_BUILD ? 5000 : 500;


// KB that the process has had in memory at most, or has now

function memory(pid, name) {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');

    return Number(status.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))[1]);
}


suite(async ({ bench, test }) => {
    const port = await freePort();
    let held = null;

    // answers when it is told to

    const server = http.createServer((request, response) => {
        held = () => response.writeHead(204).end();
    });

    await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));

    const { nginx, connect } = await bench.stack({
        workers: 1,

        // no allocator keeps what was freed

        env: { ASAN_OPTIONS: [process.env.ASAN_OPTIONS, 'quarantine_size_mb=1']
            .filter(Boolean).join(':') },

        server: `
            keepalive_requests 1000000;

            location /calls {
                grip_websocket;
                grip_max_events 50000;
                grip_on text = hold { call /hold; }
                grip_on text = last { send "the last"; }
                grip_on text        { call /fn; }
            }

            location /limit {
                grip_websocket;
                grip_on text = hold { call /hold; }
                grip_on text        { call /fn; }
            }

            location /echo {
                grip_websocket;
                grip_on text { send "$grip_message"; }
            }

            location = /hold { internal; proxy_pass http://127.0.0.1:${port}; }
            location = /fn   { internal; return 204; }
            location = /ping { return 200 pong; }
        `,
    });


    // Resolves with the client when all its messages wait for an answer.

    async function crowd(target, messages) {
        const client = await connect(target);

        held = null;
        client.send('hold');
        await until('the function is called', () => held);

        for (const message of messages) {
            client.send(message);
        }

        // until the proxy has read them

        await until('all is sent', () => client.socket.bufferedAmount === 0);
        await sleep(3000);

        return client;
    }


    // The longest time in ms that a request waits until done() is true.

    async function waits(done) {
        let longest = 0;

        while (!done()) {
            const start = process.hrtime.bigint();

            await get(nginx.port, '/ping');

            longest = Math.max(longest, Number(process.hrtime.bigint() - start)
                                        / 1e6);
            await sleep(1);
        }

        return longest;
    }


    function batch(client) {
        return Math.max(...client.exchanges.map(({ request }) => {
            return request.body.toString('latin1').split('TEXT').length - 1;
        }));
    }


    await test('a batch of 40,000 calls takes no memory, and nobody waits for it',
               async () => {
        const other = await connect('/echo');
        const messages = [...Array(MESSAGES).fill('x'), 'last'];
        const client = await crowd('/calls', messages);
        const [pid] = nginx.workers();

        fs.writeFileSync(`/proc/${pid}/clear_refs`, '5');

        const before = memory(pid, 'VmRSS');
        const sent = process.hrtime.bigint();

        held();
        other.send('are you there?');

        const longest = await waits(() => client.messages.length > 0
                                          || client.gone);

        assert.equal(client.gone, undefined);
        assert.equal(await client.next(), 'the last');
        assert.equal(await other.next(), 'are you there?');
        assert.ok(batch(client) > MESSAGES / 4,
                  `the largest batch had ${batch(client)} events`);

        const grown = memory(pid, 'VmHWM') - before;

        assert.ok(grown < 32 * 1024, `the worker took ${grown} KB`);
        assert.ok(longest < WAIT, `a request waited ${longest} ms`);

        if (process.env.VERBOSE) {
            console.log(`# ${batch(client)} events, ${grown} KB, `
                        + `${longest.toFixed(1)} ms`);
        }

        await client.close(1000);
        await other.close(1000);
    }, 120000);


    await test('beyond ten thousand events a client is closed with 1013',
               async () => {
        const client = await crowd('/limit', Array(MESSAGES).fill('x'));

        held();

        const { code } = await client.closed;

        assert.equal(code, 1013);
    }, 60000);


    server.closeAllConnections?.();
    server.close();
});
