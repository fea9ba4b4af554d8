#!/usr/bin/env node
'use strict';

// Metrics behind a real proxy, as promtool and a real Prometheus read them.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { get, Stream } = require('./lib/http');
const { root } = require('./lib/nginx');
const { ask } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { Program } = require('./lib/program');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');

const INTERVAL = '200ms';


// A Prometheus of its own, that reads the page of that port.

class Prometheus {

    static async start(folder, target) {
        const port = await freePort();
        const file = path.join(folder, 'prometheus.yml');

        fs.writeFileSync(file, JSON.stringify({
            global: { scrape_interval: INTERVAL, scrape_timeout: INTERVAL },
            scrape_configs: [{
                job_name: 'grip',
                static_configs: [{ targets: [`127.0.0.1:${target}`] }],
            }],
        }));

        const program = new Program('prometheus', [
            `--config.file=${file}`,
            `--storage.tsdb.path=${path.join(folder, 'data')}`,
            `--web.listen-address=127.0.0.1:${port}`,
        ]);

        const self = new Prometheus();
        Object.assign(self, { port, program });

        await program.start(() => until('it is ready', async () => {
            const response = await get(port, '/-/ready').catch(() => null);

            return response?.status === 200;
        }));

        return self;
    }


    // The values of an expression: [{ labels, value }]

    async query(expression) {
        const target = `/api/v1/query?query=${encodeURIComponent(expression)}`;
        const response = await get(this.port, target);
        const { status, data, error } = JSON.parse(response.body);

        assert.equal(status, 'success', error);

        return data.result.map(({ metric, value }) => {
            return { labels: metric, value: Number(value[1]) };
        });
    }


    // That of the first one.

    async value(expression) {
        return (await this.query(expression))[0]?.value;
    }
}


suite(async ({ bench, test }) => {
    const own = await freePort();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grip-metrics-'));

    const stack = await bench.stack({
        http: `
            grip_metrics_zone metrics:1m;
            grip_history_zone news:1m;

            server {
                listen 127.0.0.1:${own};
                server_name backend;

                location = /metrics { grip_metrics; }
            }
        `,

        server: `
            server_name chat;

            location /ws {
                grip_websocket;
                grip_on open         { subscribe room; }
                grip_on text = ask   { call /fn; }
                grip_on text         { publish room $grip_message; }
            }

            location /stream    { grip_hold stream;  grip_channel room;
                                  grip_hold_body ""; }
            location /kept      { grip_history news;  grip_hold stream;
                                  grip_channel kept;  grip_hold_body ""; }
            location = /fn      { return 200 answer; }
            location = /metrics { grip_metrics; }
            location = /diagnose { grip_diagnose; }
        `,
    });

    const { nginx, pushpin } = stack;
    const prometheus = await Prometheus.start(folder, own);

    const page = (headers = {}) => {
        return ask(own, { method: 'GET', target: '/metrics', headers });
    };

    const reaches = (expression, expected) => {
        return until(`${expression} is ${expected}`,
                     async () => await prometheus.value(expression)
                                 === expected);
    };


    await test('promtool finds no fault with names, units and types',
               async () => {
        const response = await page();

        const { status, stdout, stderr } = spawnSync('promtool',
            ['check', 'metrics'], { input: response.body, encoding: 'utf8' });

        assert.equal(stdout + stderr, '');
        assert.equal(status, 0);
    });


    await test('Prometheus has what clients of the proxy did', async () => {
        const one = await stack.connect('/ws', { hears: 'room' });
        const two = await stack.connect('/ws', { hears: 'room' });
        const stream = await Stream.open(pushpin.port, '/stream');

        one.send('news');
        assert.equal(await one.next(), 'news');
        assert.equal(await two.next(), 'news');

        one.send('ask');
        assert.equal(await one.next(), 'answer');

        const at = '{server="chat",location="/ws",direction="in",';

        await reaches(`grip_events_total${at}type="open"}`, 2);
        await reaches(`grip_events_total${at}type="text"}`, 2);
        await reaches('grip_rule_hits_total{rule="3",event="text"}', 1);
        await reaches('sum(grip_holds_total{mode="stream"})', 1);
        await reaches('sum(grip_publish_items_total{status="2xx"})', 1);
        await reaches('grip_publish_queue_items', 0);
        await reaches('grip_calls_total{call="/fn",status="2xx"}', 1);
        await reaches('grip_call_duration_seconds_count{call="/fn"}', 1);

        assert.ok(await prometheus.value(
            'grip_signatures_total{verdict="success"}') >= 5);
        assert.equal(await prometheus.value(
            'sum(grip_signatures_total{verdict="failed"})'), 0);
        assert.equal(await prometheus.value(
            'grip_zone_size_bytes{zone="metrics"}'), 1024 * 1024);
        assert.ok(await prometheus.value(
            'histogram_quantile(0.99, grip_call_duration_seconds_bucket)')
            < 1);

        stream.terminate();
        await one.close();
        two.terminate();

        await reaches(`grip_events_total${at}type="close"}`, 1);
        await reaches(`grip_events_total${at}type="disconnect"}`, 1);
    });


    await test('each panel of the dashboard has series', async () => {
        const file = path.join(root, 'docs/grafana.json');
        const { panels } = JSON.parse(fs.readFileSync(file));
        const targets = panels.flatMap((panel) => panel.targets ?? []);

        assert.ok(targets.length > 10);

        for (const { expr } of targets) {
            const whole = expr.replaceAll('$__rate_interval', '1m')
                              .replace(/\$(job|server)\b/g, '.*');

            assert.notEqual((await prometheus.query(whole)).length, 0, expr);
        }
    });


    await test('a reload is no reset', async () => {
        const sum = 'sum(grip_requests_total)';
        const before = await until('there is a sum',
                                   () => prometheus.value(sum));

        await nginx.reload();

        const client = await stack.connect('/ws');

        await until('the new workers count on',
                    async () => await prometheus.value(sum) > before);

        for (const name of ['requests', 'events', 'publish_items', 'calls']) {
            assert.equal(await prometheus.value(
                `sum(resets(grip_${name}_total[1m]))`), 0, name);
        }

        client.terminate();

        await reaches('sum(grip_events_total{direction="in",'
                      + 'type="disconnect"})', 2);
    });


    await test('a client of the proxy sees nothing', async () => {
        const response = await get(pushpin.port, '/metrics');

        assert.equal(response.status, 403);
        assert.doesNotMatch(response.body.toString(), /grip_/);
    });


    await test('JSON has the same values', async () => {
        const text = (await page()).body.toString();
        const json = JSON.parse((await page({
            Accept: 'application/json' })).body);

        for (const [name, series] of Object.entries(json)) {
            for (const { labels, value, count } of series) {
                const list = Object.entries(labels)
                    .map(([label, of]) => `${label}="${of}"`).join(',');
                const start = value === undefined
                    ? `${name}_count{${list}} ` : `${name}{${list}} `;
                const line = text.split('\n')
                    .find(one => one.startsWith(start));

                assert.equal(Number(line?.slice(start.length)),
                             value ?? count, start);
            }
        }
    });


    await test('grip_diagnose knows who signed, and what the proxy answered',
               async () => {
        const response = await get(pushpin.port, '/diagnose',
                                   { headers: { Accept: 'application/json' } });
        const { request, workers, proxies } = JSON.parse(response.body);

        assert.equal(request.proxy, 'yes');
        assert.equal(request.signature, 'success');
        assert.equal(request.iss, 'pushpin');
        assert.match(request.features, /\bsession\b/);
        assert.equal(workers, 'all');
        assert.equal(proxies.length, 1);
        assert.equal(proxies[0].status, '2xx');
        assert.doesNotMatch(response.body.toString(), /changeme/);
    });


    await prometheus.program.stop();
    fs.rmSync(folder, { recursive: true, force: true });
});
