#!/usr/bin/env node
'use strict';

// The examples of README.md do as it promises, seen in a browser.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');

const { launch } = require('./lib/browser');
const { canHold, settle } = require('./lib/http');
const { ask } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');

const readme = fs.readFileSync(path.join(__dirname, '../../README.md'), 'utf8');


// The statements of a configuration, each with its block if it has one.

function statements(text) {
    const found = [];
    let depth = 0;
    let start = 0;

    for (const { 0: mark, index } of
         text.matchAll(/"[^"]*"|#[^\n]*|[{};]/g))
    {
        const end = index + mark.length;

        if (mark.startsWith('#') && text.slice(start, index).trim() === '') {
            start = end;
        }

        depth += (mark === '{') - (mark === '}');

        if (depth === 0 && (mark === ';' || mark === '}')) {
            found.push(text.slice(start, end).trim());
            start = end;
        }
    }

    return found;
}


// The contents of the servers of the examples but for where these listen, and
// the lines in front of them but for the proxy.

function examples() {
    const http = [];
    const servers = [];

    for (const [, block] of readme.matchAll(/^```nginx\n(.*?)^```/gms)) {
        const [, whole] = /^http \{\n(.*)^\}/ms.exec(block) ?? [];

        for (const statement of statements(whole ?? block)) {
            const [, server] = /^server \{(.*)\}$/s.exec(statement) ?? [];

            if (server !== undefined) {
                servers.push(statements(server)
                    .filter((one) => /^location /.test(one)).join('\n'));

            } else if (/^map /.test(statement)) {
                http.push(statement);
            }
        }
    }

    return { http: http.join('\n'), servers };
}


suite(async ({ bench, test }) => {
    const own = await freePort();
    const { http, servers } = examples();
    const [chat, more, publish] = servers;

    assert.match(chat, /grip_websocket/);
    assert.match(more, /grip_hold stream.*grip_hold sse.*grip_hold response/s);
    assert.match(publish, /^location = \/publish \{ grip_publish [^;]*; \}$/);

    const { pushpin } = await bench.stack({
        http: `
            ${http}
            server { listen 127.0.0.1:${own}; ${publish} }
        `,

        server: `
            ${chat}
            ${more}
            location = /page {
                default_type text/html;
                return 200 "<!DOCTYPE html><title>all at once</title>";
            }
        `,
    });


    await test('one POST reaches a WebSocket, an EventSource, a long-poll and '
               + 'a stream of a browser', async () => {
        await canHold(pushpin.port, '/events');
        await settle(pushpin, '/poll', 'room');

        const before = pushpin.subscriptions('room');
        const browser = await launch();
        const page = await browser.newPage();

        await page.goto(`http://127.0.0.1:${pushpin.port}/page`);

        await page.evaluate(() => {
            window.got = { socket: [], events: [], poll: [], stream: '' };

            const socket = new WebSocket(`ws://${location.host}/chat`);

            socket.onmessage = ({ data }) => window.got.socket.push(data);

            const events = new EventSource('/events');

            events.onmessage = ({ data }) => window.got.events.push(data);

            fetch('/poll').then((answer) => answer.text()).then((text) => {
                window.got.poll.push(text);
            });

            fetch('/stream').then(async ({ body }) => {
                const reader = body.pipeThrough(new TextDecoderStream())
                    .getReader();

                for (;;) {
                    const { value, done } = await reader.read();

                    if (done) {
                        return;
                    }

                    window.got.stream += value;
                }
            });
        });

        await until('all are heard', () => {
            return pushpin.subscriptions('room') === before + 4;
        });

        const answer = await ask(own, { target: '/publish?channel=room',
                                        body: 'the kettle is on' });

        assert.equal(answer.body.toString(), 'Published\n');

        const got = () => page.evaluate(() => window.got);

        await until('everyone has heard', async () => {
            const { socket, events, poll, stream } = await got();

            return socket.length && events.length && poll.length
                   && stream.length > 'hello\n'.length;
        });

        assert.deepEqual(await got(), {
            socket: ['the kettle is on'],
            events: ['the kettle is on'],
            poll: ['the kettle is on'],
            stream: 'hello\ndata: the kettle is on\n\n',
        });

        await browser.close();
    });
});
