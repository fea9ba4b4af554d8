#!/usr/bin/env node
'use strict';

// Each symptom of docs/when-it-does-not-work.md is brought about, and its
// section has the line that nginx logs.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');

const { get } = require('./lib/http');
const { root } = require('./lib/nginx');
const { ask, signature } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { until, within } = require('./lib/wait');

const page = fs.readFileSync(path.join(root, 'docs/when-it-does-not-work.md'),
                             'utf8');


// The lines of the blocks of a section, without where they were logged.

function shown(title) {
    const [, section] = new RegExp(`^## ${title}\n([^]*?)(?=^## |(?![^]))`, 'm')
        .exec(page) ?? [];

    assert.ok(section, `there is a section "${title}"`);

    return [...section.matchAll(/^```(.*)\n([^]*?)^```$/gm)]
        .filter(([, kind]) => kind === '')
        .flatMap(([, , text]) => text.trim().split('\n'))
        .map((line) => line.replace(/^\.\.\. | \.\.\.$/g, ''));
}


suite(async ({ bench, test }) => {
    const dead = await freePort();
    const port = await freePort();
    const backend = await freePort();

    const { nginx, pushpin, connect, refused } = await bench.stack({
        routes: `*,path_beg=/plain %s\n`
                + `*,path_beg=/dead 127.0.0.1:${port},over_http\n`
                + '* %s,over_http\n',

        http: `
            server {
                listen 127.0.0.1:${port};
                grip_url http://127.0.0.1:${dead}/?iss=pushpin&key=changeme;
                location /dead { grip_websocket;
                                 grip_on text { publish room $grip_message; } }
                location = /publish { grip_publish room; }
            }
            server {
                listen 127.0.0.1:${backend};
                location / { add_header Content-Encoding gzip;  return 200 x; }
            }
        `,

        server: `
            location /ws     { grip_websocket; }
            location /plain  { grip_websocket; }
            location /open   { grip_websocket;  grip_verify off; }
            location /key    { grip_websocket;  grip_verify_key another; }
            location /issuer { grip_websocket;
                               grip_verify_key changeme iss=site; }
            location = /diagnose { grip_diagnose;  grip_verify_key another; }
            location /none   { return 200 "not for WebSockets\\n"; }
            location /bytes  { grip_websocket;  grip_max_message_size 10; }
            location /events { grip_websocket;  grip_max_events 1;
                               grip_on text { send ok; } }
            location /poll   { grip_hold response;  grip_channel $arg_channel;
                               grip_hold_body "no news\\n"; }
            location /gzip   { grip_hold stream;  grip_channel room;
                               proxy_pass http://127.0.0.1:${backend}; }
            location /token  { grip_websocket;
                               grip_on text { send "[$http_x_token]"; } }
        `,
    });

    const events = { 'Content-Type': 'application/websocket-events',
                     'Connection-Id': 'by-hand' };
    const straight = (target, headers) => ask(nginx.port, {
        target, headers, body: 'OPEN\r\n',
    });
    const logged = async (title) => {
        const lines = shown(title);

        assert.notEqual(lines.length, 0);

        for (const line of lines) {
            assert.ok(nginx.log.includes(line), `logged: ${line}`);
        }
    };
    const closed = async (target, message) => {
        const client = await connect(target);

        client.send(message);

        return within(10000, 'a close', client.closed);
    };


    await test('403: no signature, and another key or issuer', async () => {
        assert.equal((await straight('/ws', events)).status, 403);
        assert.equal((await refused('/key')).status, 403);
        assert.equal((await refused('/issuer')).status, 403);
        await logged('403');
    });


    await test('grip_diagnose says so, too', async () => {
        const { body } = await get(pushpin.port, '/diagnose');
        const lines = shown('Three things first');
        const head = lines.slice(0, 3).join('\n').replace(/,$/, '');

        assert.ok(body.startsWith(head), body);
        assert.equal(body.trim().split('\n').length, lines.length);
    });


    await test('400: what resembles events', async () => {
        const type = { 'Content-Type': 'application/websocket-events; a=b' };

        assert.equal((await straight('/open', { ...events, ...type })).status,
                     400);
        await logged('400');
    });


    await test('415: no over_http', async () => {
        assert.equal((await refused('/plain')).status, 415);
        await logged('415');
    });


    await test('502 on publish, and 1011', async () => {
        const answer = await get(port, '/publish', { method: 'POST', body: 'x' });

        assert.equal(answer.status, 502);
        assert.deepEqual(await closed('/dead', 'x'),
                         { code: 1011, reason: 'publish failed' });

        const [line] = shown('502 when you publish');

        assert.ok(nginx.log.includes(line.replace('127.0.0.1:5561',
                                                  `127.0.0.1:${dead}`)), line);
    });


    await test('1009 and 1013', async () => {
        assert.deepEqual(await closed('/bytes', 'x'.repeat(11)),
                         { code: 1009, reason: 'message too big' });

        const batch = await ask(nginx.port, {
            target: '/events',
            headers: { ...events, 'Grip-Sig': signature() },
            body: 'TEXT 1\r\nx\r\nTEXT 1\r\ny\r\n',
        });

        assert.match(batch.body.toString('latin1'), /\x03\xf5too many events/);
    });


    await test('1006: a message that is too long for Pushpin', async () => {
        assert.equal((await closed('/ws', 'x'.repeat(250000))).code, 1006);
    });


    await test('a handshake at a location without grip_websocket', async () => {
        assert.equal((await refused('/none')).status, 200);
    });


    await test('a poll that is answered at once', async () => {
        const started = Date.now();
        const answer = await get(pushpin.port, '/poll');

        assert.equal(answer.status, 400);
        assert.ok(Date.now() - started < 4000);
        await logged('A poll or stream is answered at once');
    });


    await test('a compressed response is not held', async () => {
        await get(pushpin.port, '/gzip');
        await logged('Streams come late, or not at all');
    });


    await test('a header with an underscore is dropped', async () => {
        const client = await connect('/token',
                                     { headers: { x_token: '7' } });

        client.send('x');
        assert.equal(await client.next(), '[]');
    });


    await test('a reload that would listen at a port twice', async () => {
        const at = await freePort();
        const answer = async () => {
            return (await ask(at, { method: 'GET' })).body.toString();
        };
        const says = (listen, text) => ({
            http: `server { listen ${listen};
                            location / { return 200 ${text}; } }`,
        });

        const other = await bench.nginx(says(`127.0.0.1:${at}`, 'before'));

        const [line] = shown('A reload changes nothing')
            .map((one) => one.replace('8080', at));

        other.expected.push(line, 'still could not bind()');
        other.configure(says(at, 'after'));
        process.kill(other.pid, 'SIGHUP');

        await until('it gives up', () => {
            return other.log.includes('still could not bind()');
        });

        assert.ok(other.log.includes(line), `logged: ${line}`);
        assert.equal(await answer(), 'before');

        await other.stop();
        await other.run();
        assert.equal(await answer(), 'after');
    });
});
