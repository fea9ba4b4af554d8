#!/usr/bin/env node
'use strict';

// Long-polls of a browser, which has a cache; what is left of the response
// that was held when something else is published; and what backends say of it.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const { launch } = require('./lib/browser');
const { canHold, get, settle, Stream } = require('./lib/http');
const { publish } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');


// A backend that compresses if any line asks for it, and one that
// has instructions of its own.

function answer(request, response) {
    const asks = request.rawHeaders.some((text, i) => {
        return i % 2 === 1 && text.includes('gzip')
               && request.rawHeaders[i - 1].toLowerCase() === 'accept-encoding';
    });

    if (request.url === '/instruct') {
        response.setHeader('Content-Type', 'application/grip-instruct');
        response.end(JSON.stringify({
            hold: { mode: 'stream', channels: [{ name: 'own' }] },
            response: { headers: { 'X-Own': 'mine' }, body: 'held\n' },
        }));
        return;
    }

    response.setHeader('Content-Encoding', asks ? 'gzip' : 'identity');
    response.end('plain\n');
}


suite(async ({ bench, test }) => {
    const backend = await freePort();
    const node = http.createServer(answer);

    await new Promise((resolve) => node.listen(0, '127.0.0.1', resolve));

    const stack = await bench.stack({
        http: `
            server {
                listen 127.0.0.1:${backend};

                add_header Cache-Control    "private, max-age=0";
                add_header Content-Language en;
                add_header Content-MD5      "kFAk4nVXqXQgO2ajAuy5lw==";
                add_header ETag             '"tag"';
                add_header Last-Modified    "Tue, 01 Jan 2019 00:00:00 GMT";
                add_header Set-Cookie       a=b;
                add_header Vary             Cookie;
                add_header X-Own            mine;

                location / {
                    default_type text/plain;
                    return 200 "nothing\\n";
                }
            }
        `,

        server: `
            location /page {
                default_type text/html;
                return 200 "<!DOCTYPE html><title>polls</title>";
            }

            location /file {
                alias        nothing.txt;
                grip_hold    response timeout=20s;
                grip_channel file;
            }

            location /backend {
                proxy_pass   http://127.0.0.1:${backend};
                grip_hold    response timeout=20s;
                grip_channel backend;
            }

            location /node/ {
                proxy_pass       http://127.0.0.1:${node.address().port}/;
                grip_hold        stream;
                grip_channel     ours;
                sub_filter       hold help;
                sub_filter_types *;
            }

            location /ready {
                grip_hold      stream;
                grip_channel   ready;
                grip_hold_body "";
            }
        `,
    });

    const { nginx, pushpin } = stack;
    const file = path.join(nginx.folder, 'nothing.txt');

    const post = (channel, item) => publish(pushpin.control, {
        channel, formats: { 'http-response': item },
    });


    // A cache that has no other word for it takes what was not modified for
    // years for fresh.

    fs.writeFileSync(file, 'nothing\n');
    fs.utimesSync(file, new Date('2019-01-01'), new Date('2019-01-01'));

    await canHold(pushpin.port, '/ready');
    await Promise.all(['file', 'backend'].map((name) => {
        return settle(pushpin, `/${name}`, name);
    }));

    const browser = await launch();


    await test('a browser that polls six times gets six messages', async () => {
        const page = await browser.newPage();

        await page.goto(`http://127.0.0.1:${pushpin.port}/page`);

        const before = pushpin.subscriptions('file');
        const polls = page.evaluate(async () => {
            const got = [];

            while (got.length < 6) {
                const response = await fetch('/file');

                got.push(await response.text());
            }

            return got;
        });

        const sent = [];
        let answered = false;

        polls.finally(() => {
            answered = true;
        }).catch(() => {});

        for (let n = 1; n <= 6; n++) {
            await until(`poll ${n} is heard`, () => {
                return answered || pushpin.subscriptions('file') === before + n;
            });

            sent.push(`news ${n}\n`);
            await post('file', { body: sent[n - 1] });
        }

        assert.deepEqual(await polls, sent);
    });


    await browser.close();


    await test('a message without headers goes out with those of the response '
               + 'that was held', async () => {
        const before = pushpin.subscriptions('backend');
        const poll = get(pushpin.port, '/backend');

        await until('the poll is heard', () => {
            return pushpin.subscriptions('backend') > before;
        });
        await post('backend', { body: 'a message\n' });

        const { status, headers, body } = await poll;

        assert.equal(status, 200);
        assert.equal(body, 'a message\n');
        assert.deepEqual(Object.keys(headers).sort(), [
            'cache-control', 'connection', 'content-language',
            'content-length', 'content-type', 'date', 'server', 'set-cookie',
            'vary', 'x-own',
        ]);
        assert.equal(headers['content-length'], '10');
        assert.equal(headers['content-type'], 'text/plain');
        assert.equal(headers['cache-control'], 'private, max-age=0');
    });


    await test('a response that is compressed for nobody is held, whatever '
               + 'the client accepts', async () => {
        const one = await Stream.open(pushpin.port, '/node/plain', {
            headers: { 'Accept-Encoding': ['identity', 'gzip', 'gzip'] },
        });

        await until('the stream is heard', () => {
            return pushpin.subscriptions('ours') > 0;
        });
        await one.is('plain\n');
        assert.equal(one.headers['content-encoding'], undefined);
        one.terminate();
    });


    await test('a backend\'s own instructions reach the proxy as they are',
               async () => {
        const one = await Stream.open(pushpin.port, '/node/instruct');

        await until('the stream is heard', () => {
            return pushpin.subscriptions('own') > 0;
        });
        await publish(pushpin.control, {
            channel: 'own', formats: { 'http-stream': { content: 'more\n' } },
        });
        await one.is('held\nmore\n');
        assert.equal(one.headers['x-own'], 'mine');
        one.terminate();
    });


    node.close();
    node.closeAllConnections();
});
