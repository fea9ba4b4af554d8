#!/usr/bin/env node
'use strict';

// A browser that resumes: its EventSource over a restart of the proxy, and the
// scripts of docs/history.md as they stand there.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');

const { launch } = require('./lib/browser');
const { canHold, Stream } = require('./lib/http');
const { root } = require('./lib/nginx');
const { ask } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { Tunnel } = require('./lib/tunnel');
const { until } = require('./lib/wait');

const guide = fs.readFileSync(path.join(root, 'docs/history.md'), 'utf8');


function examples(type) {
    const block = new RegExp(`^\`{3}${type}\n(.*?)^\`{3}`, 'gms');

    return [...guide.matchAll(block)].map(([, text]) => text);
}


suite(async ({ bench, test }) => {
    const own = await freePort();

    const [listen, loop] = examples('js');
    const cors = examples('nginx server').find((text) => /-Origin/.test(text))
        .replace('https://www.example.com', `http://127.0.0.1:${own}`);

    const { nginx, pushpin, wire } = await bench.stack({
        http: `
            grip_history_zone news:1m;
            grip_history_zone few:1m items=3;

            server {
                listen 127.0.0.1:${own};
                default_type text/html;

                location = /page {
                    return 200 "<base href='http://127.0.0.1:$arg_port/'>
                                <link rel=icon href=data:,>";
                }

                location = /few { grip_publish few; grip_history few; }

                location ~ ^/(lobby|polls)$ {
                    grip_publish $1;
                    grip_history news;
                }
            }
        `,

        server: `
            grip_history      news;
            grip_history_from $http_last_event_id $arg_after;
            ${cors}

            location = /page {
                default_type text/html;
                return 200 "<link rel=icon href=data:,>";
            }

            location /events/ {
                root .;
                if (-f $document_root/down) { return 503; }

                grip_hold      sse;
                grip_channel   lobby;
                grip_hold_body "retry: 100\\n\\n";
            }

            location = /few {
                grip_history   few;
                grip_hold      response;
                grip_channel   few;
                grip_hold_body "";
            }

            location = /poll {
                grip_hold      response;
                grip_channel   polls;
                grip_hold_body "";
            }

            location = /too/polls {
                grip_hold      stream;
                grip_channel   polls;
                grip_hold_body "";
            }

            location = /too/few {
                grip_history   few;
                grip_hold      stream;
                grip_channel   few;
                grip_hold_body "";
            }
        `,
    });

    const browser = await launch();


    async function say(channel, ...texts) {
        for (const body of texts) {
            const { status } = await ask(own, { target: `/${channel}`, body,
                headers: { 'Content-Type': 'text/plain' } });

            assert.ok([200, 502].includes(status), `${status}`);
        }
    }


    // A page that keeps what handle() is told.

    async function open(address) {
        const page = await browser.newPage();

        await page.goto(address);
        await page.evaluate(() => {
            window.heard = [];
            window.handle = (...args) => window.heard.push(args);
        });

        return page;
    }


    const heard = (page) => page.evaluate(() => window.heard);

    const hears = async (page, expected) => {
        await until('the page has heard all', async () => {
            return (await heard(page)).length >= expected.length;
        });
        assert.deepEqual(await heard(page), expected);
    };

    // runs and resolves when the page listens

    const listens = async (run, { count = 1, channel = 'lobby' } = {}) => {
        const before = pushpin.subscriptions(channel);

        await run();
        await until('it listens', () => {
            return pushpin.subscriptions(channel) >= before + count;
        });
    };

    const events = (texts) => texts.map((text) => ['message', text]);
    const here = `http://127.0.0.1:${pushpin.port}/page`;
    const from = (port) => `http://127.0.0.1:${own}/page?port=${port}`;

    await canHold(pushpin.port, '/events/lobby');


    await test('an EventSource of another origin comes back by itself over a '
               + 'restart of the proxy, and has missed nothing', async () => {
        const tunnel = await Tunnel.start(pushpin.port);
        const page = await open(from(tunnel.port));

        await listens(() => page.evaluate(() => {
            const source = new EventSource('/events/');

            source.onmessage = ({ type, data }) => window.handle(type, data);
        }));

        await say('lobby', 'a');
        await hears(page, events(['a']));

        // it gives up at an answer that is no stream: none may come

        await tunnel.stop();
        await pushpin.stop();
        await say('lobby', 'b', 'c');
        await pushpin.start();
        await canHold(pushpin.port, '/events/ready');
        await say('lobby', 'd');

        const seen = wire.exchanges.length;
        const again = await Tunnel.start(pushpin.port, tunnel.port);

        await hears(page, events(['a', 'b', 'c', 'd']));
        await say('lobby', 'e');
        await hears(page, events(['a', 'b', 'c', 'd', 'e']));

        assert.ok(wire.exchanges.slice(seen).some(({ request }) => {
            return /-0{15}1$/.test(request.header('Last-Event-ID'));
        }));

        await page.close();
        await again.stop();
    }, 60000);


    await test('the script of the guide makes another EventSource when one has '
               + 'given up', async () => {
        const tunnel = await Tunnel.start(pushpin.port);
        const page = await open(from(tunnel.port));
        const down = path.join(nginx.folder, 'down');

        await listens(() => page.addScriptTag({ content: listen }));
        await say('lobby', 'a');
        await hears(page, events(['a']));

        const seen = wire.exchanges.length;

        fs.writeFileSync(down, '');
        tunnel.cut();
        await wire.seen('who gets an error',
                        ({ response }) => response?.status === 503, seen);
        await say('lobby', 'b', 'c');
        fs.unlinkSync(down);

        await hears(page, events(['a', 'b', 'c']));
        await say('lobby', 'd');
        await hears(page, events(['a', 'b', 'c', 'd']));

        await page.close();
        await tunnel.stop();
    }, 60000);


    // A second after the first subscription of a channel the proxy asks again
    // for long-polls, and sometimes it hangs up instead.  A loop that has heard
    // nothing yet would miss something by that: there is another subscriber.

    const seen = wire.exchanges.length;
    const others = await Promise.all(['polls', 'few'].map((channel) => {
        return Stream.open(pushpin.port, `/too/${channel}`);
    }));

    await until('their links are asked for', () => {
        return wire.exchanges.slice(seen).filter(({ request }) => {
            return request.target.startsWith('/.grip/');
        }).length === others.length;
    });


    await test('the loop of the guide hears each item once, in order, and in a '
               + 'page of another origin, too', async () => {
        const tunnel = await Tunnel.start(pushpin.port);
        const pages = [await open(here), await open(from(tunnel.port))];
        const texts = Array.from({ length: 50 }, (_, i) => `${i}`);

        await listens(() => Promise.all(pages.map((page) => {
            return page.addScriptTag({ type: 'module', content: loop });
        })), { count: pages.length, channel: 'polls' });

        // before its first answer a loop is nowhere

        await say('polls', 'first');

        for (const page of pages) {
            await hears(page, [[200, 'first']]);
        }

        await say('polls', ...texts);

        // the request that waits fails, and a page is without a connection

        tunnel.cut();
        await say('polls', 'last');

        for (const page of pages) {
            await until('all is heard', async () => {
                return (await heard(page)).at(-1)[1].endsWith('last');
            });

            const all = await heard(page);

            assert.ok(all.every(([status]) => status === 200));
            assert.deepEqual(all.flatMap(([, text]) => text.split('\n')),
                             ['first', ...texts, 'last']);
            await page.close();
        }

        await tunnel.stop();
    }, 60000);


    await test('the loop of the guide is told what is not kept any more, and '
               + 'goes on', async () => {
        const page = await open(here);
        let go;
        const gone = new Promise((resolve) => {
            go = resolve;
        });

        // items pass between two of its requests

        await page.route('**/poll?*', async (route) => {
            const url = route.request().url().replace('/poll', '/few');

            if (!url.endsWith('=')) {
                await gone;
            }

            await route.continue({ url });
        });

        await listens(() => page.addScriptTag({ type: 'module',
                                                content: loop }),
                      { channel: 'few' });
        await say('few', '1');
        await hears(page, [[200, '1']]);
        await say('few', '2', '3', '4', '5', '6');

        await listens(go, { channel: 'few' });
        await say('few', '7');
        await until('it has heard all', async () => {
            return (await heard(page)).length >= 3;
        });

        const all = await heard(page);

        assert.deepEqual(all.map(([status]) => status), [200, 410, 200]);
        assert.equal(all[2][1], '7');
        await page.close();
    });


    others.forEach((stream) => stream.terminate());
    await browser.close();
});
