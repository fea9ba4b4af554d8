#!/usr/bin/env node
'use strict';

// A page of another origin, in a browser: what it may read and publish, and
// that the browser has asked first.

const assert = require('node:assert/strict');
const http = require('node:http');

const { launch } = require('./lib/browser');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');


suite(async ({ bench, test }) => {
    const port = await freePort();
    const server = http.createServer((request, response) => {
        response.setHeader('Content-Type', 'text/html');
        response.end('<title>a page</title>');
    });

    await new Promise((resolve) => {
        server.listen(port, '127.0.0.1', resolve);
    });

    const preflight = `
        if ($request_method = OPTIONS) {
            add_header Access-Control-Allow-Origin  $allowed_origin;
            add_header Access-Control-Allow-Headers "Authorization, Content-Type";
            add_header Access-Control-Allow-Methods "POST, PUT";
            return 204;
        }
    `;

    const stack = await bench.stack({
        http: `
            map $http_origin $allowed_origin {
                http://127.0.0.1:${port} $http_origin;
            }
        `,
        server: `
            add_header Access-Control-Allow-Origin $allowed_origin always;

            location /stream {
                ${preflight}
                grip_hold      stream;
                grip_channel   news;
                grip_hold_body "opened ";
            }

            location /say {
                ${preflight}
                grip_verify         on;
                grip_publish        news;
                grip_publish_format http-stream;
            }
        `,
    });

    const browser = await launch();
    const origin = `http://127.0.0.1:${stack.pushpin.port}`;
    const headers = { Authorization: 'Bearer x',
                      'Content-Type': 'application/json' };

    const listen = (page) => page.evaluate(async ([url, options]) => {
        const response = await fetch(url, options);
        const reader = response.body.pipeThrough(new TextDecoderStream())
            .getReader();

        window.text = '';

        (async () => {
            for (;;) {
                const { value, done } = await reader.read();

                if (done) {
                    return;
                }

                window.text += value;
            }
        })();
    }, [`${origin}/stream`, { headers }]);

    const text = (page) => page.evaluate(() => window.text);


    await test('a page of an origin that is allowed reads a stream, and '
               + 'publishes to it', async () => {
        const page = await browser.newPage();

        await page.goto(`http://127.0.0.1:${port}/`);
        await listen(page);
        await until('it is open', async () => await text(page) === 'opened ');

        await until('the proxy has the stream',
                    () => stack.pushpin.subscriptions('news') > 0);

        const status = await page.evaluate(async ([url, options]) => {
            return (await fetch(url, options)).status;
        }, [`${origin}/say`, { method: 'PUT', headers, body: '{"n":1}' }]);

        assert.equal(status, 200);
        await until('it arrives',
                    async () => await text(page) === 'opened {"n":1}');

        const asked = stack.wire.exchanges
            .filter(({ request }) => request.method === 'OPTIONS')
            .map(({ request }) => request.target);

        assert.deepEqual(asked, ['/stream', '/say']);
        await page.close();
    });


    await test('a page of another one does not', async () => {
        const page = await browser.newPage();

        await page.goto(`http://localhost:${port}/`);
        await assert.rejects(listen(page), /Failed to fetch/);
        await page.close();
    });


    await browser.close();
    server.close();
    server.closeAllConnections();
});
