#!/usr/bin/env node
'use strict';

// The page that draws metrics, demo/metrics.html, in a browser: of what clients
// of a real proxy do, over a restart of nginx, and of numbers made up.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const { launch } = require('./lib/browser');
const { root } = require('./lib/nginx');
const { ask } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');

const FLOOR = 98.5;  // where the curves have 0


// A tab with the page.

class Picture {

    static async open(browser, url, options = {}) {
        const picture = new Picture();
        const { numbers, ...context } = options;

        picture.context = await browser.newContext(context);
        picture.page = await picture.context.newPage();
        picture.errors = [];
        picture.hosts = new Set();

        picture.page.on('pageerror', (error) => {
            picture.errors.push(error.message);
        });

        picture.page.on('request', (request) => {
            const { protocol, host } = new URL(request.url());

            if (protocol !== 'data:') {
                picture.hosts.add(host);
            }
        });

        if (numbers) {
            await picture.page.route(
                ({ pathname }) => pathname === '/numbers',
                (route) => route.fulfill({ json: numbers() }));
        }

        await picture.page.goto(url);

        return picture;
    }


    async is(state) {
        await this.page.waitForSelector(`#status[data-state=${state}]`,
                                        { timeout: 20000 });
    }


    trouble() {
        return this.page.textContent('#trouble:not([hidden])');
    }


    // The number above a curve, as "12 /s", null if it is not shown.

    stat(chart, curve) {
        return this.page.evaluate(([id, name]) => {
            return document.querySelector(`#${id} [data-curve="${name}"] dd`)
                ?.textContent ?? null;
        }, [chart, curve]);
    }


    async shows(chart, curve, pattern) {
        let last;

        await until(`${chart} shows ${pattern} of ${curve}`, async () => {
            last = await this.stat(chart, curve);
            return pattern.test(last);
        }).catch((error) => {
            throw new Error(`${error.message}, it shows "${last}"`);
        });
    }


    // A curve, as the pieces that it has, and these as heights.

    async curve(chart, curve) {
        const d = await this.page.getAttribute(
            `#${chart} path.curve[data-curve="${curve}"]`, 'd');

        return d.split('M').slice(1).map((piece) => {
            return piece.replace('h.1', '').split('L')
                .map((point) => FLOOR - Number(point.split(' ')[1]));
        });
    }


    async rises(chart, curve) {
        await until(`${curve} of ${chart} rises and falls`, async () => {
            const heights = (await this.curve(chart, curve)).flat();

            return Math.max(...heights) > 1 && Math.min(...heights) === 0;
        });
    }
}


// A page of metrics, of which the counters and buckets are given.

function made({ events, calls }) {
    const bounds = [.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5,
                    10];

    return {
        grip_zone_bytes: [{ labels: { zone: 'metrics' }, value: 65536 }],
        grip_events_total: [{
            labels: { direction: 'in', type: 'text' }, value: events,
        }],
        grip_call_duration_seconds: [{
            labels: { call: '/fn' }, sum: 0, count: calls.length,
            buckets: Object.fromEntries([...bounds, '+Inf'].map((bound) => {
                return [bound, calls.filter((seconds) => {
                    return bound === '+Inf' || seconds <= bound;
                }).length];
            })),
        }],
    };
}


suite(async ({ bench, test }) => {
    const slow = http.createServer((request, response) => {
        request.resume();
        setTimeout(() => response.end('answer'), 30);
    });

    const slowPort = await freePort();

    await new Promise((resolve) => {
        slow.listen(slowPort, '127.0.0.1', resolve);
    });

    const stack = await bench.stack({
        http: 'grip_metrics_zone metrics:1m;',

        server: `
            location /ws {
                grip_websocket;
                grip_max_message_size 100;
                grip_on open         { subscribe room; }
                grip_on text = ask   { call /fn; }
                grip_on text         { publish room $grip_message; }
            }

            location = /fn { proxy_pass http://127.0.0.1:${slowPort}; }

            location = /numbers { grip_metrics; }

            location = /pictures/metrics.html {
                root html;
                default_type text/html;
            }
        `,
    });

    const { nginx, pushpin } = stack;
    const pictures = path.join(nginx.folder, 'html/pictures');

    fs.mkdirSync(pictures, { recursive: true });
    fs.copyFileSync(path.join(root, 'demo/metrics.html'),
                    path.join(pictures, 'metrics.html'));

    const address = (port, from = '../numbers') => {
        return `http://127.0.0.1:${port}/pictures/metrics.html`
               + `?every=.2&metrics=${from}`;
    };

    const browser = await launch();
    const picture = await Picture.open(browser, address(nginx.port));
    let client = null;


    await test('an nginx that nobody uses has curves at 0', async () => {
        await picture.is('live');
        await picture.shows('events', 'in', /^0\/s$/);
        await picture.shows('publishes', 'failed', /^0in 1 min$/);
        await picture.shows('calls', 'median', /^–$/);
        assert.match(await picture.page.textContent('#refusals .quiet'),
                     /Nothing was refused/);
        assert.deepEqual(new Set((await picture.curve('events', 'in')).flat()),
                         new Set([0]));
    });


    await test('curves rise with events, publishes and calls, and fall',
               async () => {
        client = await stack.connect('/ws', { hears: 'room' });

        for (const text of ['ask', 'news', 'ask']) {
            client.send(text);
            await client.next();
        }

        await picture.rises('events', 'in');
        await picture.rises('events', 'out');
        await picture.rises('publishes', 'sent');
        await picture.shows('calls', 'median', /^\d+(\.\d+)?m?s$/);
        await picture.shows('posts', 'median', /^\d+(\.\d+)?m?s$/);

        const [[first, ...others]] = await picture.curve('calls', 'median');

        assert.ok(first > 0 && others.every((height) => height > 0));
        await picture.shows('events', 'in', /^0\/s$/);
    });


    await test('items in the queue are seen until the proxy takes them',
               async () => {
        const [proxy] = await picture.page.locator('#queue path.curve')
            .evaluateAll((list) => list.map((one) => one.dataset.curve));

        stack.control.hold();
        client.send('later');
        await picture.shows('queue', proxy, /^1$/);
        stack.control.release();

        await picture.shows('queue', proxy, /^0$/);
        await picture.rises('queue', proxy);
    });


    await test('refusals are named by their limit', async () => {
        await ask(nginx.port, {
            target: '/ws', body: 'OPEN\r\n',
            headers: { 'Content-Type': 'application/websocket-events',
                       'Connection-Id': 'forged', 'Grip-Sig': 'a.b.c' },
        });

        await picture.shows('refusals', 'signature', /^1in 1 min$/);
        client.send('x'.repeat(200));
        await picture.shows('refusals', 'max_message_size', /^1in 1 min$/);
        await picture.rises('refusals', 'max_message_size');
    });


    await test('it says that nginx is gone, and begins anew when it is back',
               async () => {
        client.terminate();
        await nginx.program.stop();
        await picture.is('lost');
        assert.match(await picture.trouble(),
                     /^Cannot reach http:\/\/127\.0\.0\.1:\d+\/numbers/);
        await picture.shows('events', 'in', /^–$/);

        await nginx.run();
        await picture.is('live');
        assert.equal(await picture.page.isVisible('#trouble'), false);
        await until('a line marks the restart', async () => {
            return await picture.page.locator('#events .restart').count() === 1;
        });

        const pieces = await picture.curve('events', 'in');

        assert.equal(pieces.length, 2);
        assert.ok(pieces.flat().every((height) => height >= 0));
        await picture.shows('refusals', 'signature', /^1in 1 min$/);
    });


    await test('through the proxy it says that nginx refuses', async () => {
        const other = await Picture.open(browser, address(pushpin.port));

        await other.is('lost');
        assert.match(await other.trouble(), /is refused \(403\)/);
        await other.context.close();
    });


    await test('a page that has no metrics is named', async () => {
        const reasons = { '/fn': /is not a page of grip_metrics/,
                          '/none': /answers 404/ };

        for (const [target, reason] of Object.entries(reasons)) {
            const other = await Picture.open(browser,
                                             address(nginx.port, target));

            await other.is('lost');
            assert.match(await other.trouble(), reason);
            await other.context.close();
        }
    });


    await test('quantiles are those that Prometheus makes of the buckets',
               async () => {
        const calls = [...Array(50).fill(.02), ...Array(49).fill(.3)];
        let samples = 0;

        const other = await Picture.open(browser, address(nginx.port), {
            numbers: () => made(samples++ === 0
                ? { events: 0, calls: [] }
                : { events: 100, calls: [...calls, 60] }),
        });

        await other.shows('calls', 'median', /^25ms$/);
        await other.shows('calls', '99th percentile', /^500ms$/);
        await other.shows('events', 'out', /^–$/);
        assert.match(await other.page.textContent('#posts .quiet'),
                     /Nothing in this configuration/);
    });


    await test('more curves than colors are told apart', async () => {
        const names = [...Array(7)].map((_, i) => `http://pushpin-${i}:5561`);

        const other = await Picture.open(browser, address(nginx.port), {
            numbers: () => ({
                ...made({ events: 0, calls: [] }),
                grip_publish_queue_items: names.map((proxy, value) => {
                    return { labels: { proxy }, value };
                }),
            }),
        });

        await other.shows('queue', names[6], /^6$/);

        const looks = await other.page.evaluate(() => {
            return [...document.querySelectorAll('#queue path.curve')]
                .map((curve) => {
                    const { stroke, strokeDasharray } = getComputedStyle(curve);

                    return `${stroke} ${strokeDasharray}`;
                });
        });

        assert.equal(new Set(looks).size, 7);
    });


    await test('counters that begin again with less make no negative rate',
               async () => {
        let samples = 0;

        const other = await Picture.open(browser, address(nginx.port), {
            numbers: () => made({
                events: [1000, 1100, 0, 100][Math.min(samples, 3)],
                calls: Array([10, 12, 0, 1][Math.min(samples++, 3)]).fill(.02),
            }),
        });

        await until('all have been read', () => samples > 6);

        const heights = (await other.curve('events', 'in')).flat();

        assert.ok(heights.every((height) => height >= 0));
        assert.ok(heights.includes(0) && heights.some((height) => height > 20));
        assert.equal(await other.stat('calls', 'median'), '17.5ms');
    });


    await test('it fits a phone, is dark at night, and asks nobody else',
               async () => {
        const phone = await Picture.open(browser, address(nginx.port), {
            viewport: { width: 360, height: 700 }, colorScheme: 'dark',
        });

        await phone.is('live');

        const color = ({ page }) => page.evaluate(() => {
            return getComputedStyle(document.body).backgroundColor;
        });

        const [width, charts] = await phone.page.evaluate(() => {
            return [document.documentElement.scrollWidth,
                    [...document.querySelectorAll('svg')].map((svg) => {
                        return svg.getBoundingClientRect().width;
                    })];
        });

        assert.equal(width, 360);
        assert.equal(charts.length, 6);
        assert.ok(charts.every((one) => one > 200));
        assert.notEqual(await color(phone), await color(picture));

        for (const { hosts, errors } of [phone, picture]) {
            assert.deepEqual([...hosts], [`127.0.0.1:${nginx.port}`]);
            assert.deepEqual(errors, []);
        }
    });


    await browser.close();
    slow.closeAllConnections();
    await new Promise((resolve) => slow.close(resolve));
});
