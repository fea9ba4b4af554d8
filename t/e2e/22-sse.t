#!/usr/bin/env node
'use strict';

// Server-sent events, heard by a browser and by the eventsource package.

const assert = require('node:assert/strict');

const { EventSource } = require('eventsource');

const { launch } = require('./lib/browser');
const { canHold, settle, Stream } = require('./lib/http');
const { ask, publish } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');


suite(async ({ bench, test }) => {
    const own = await freePort();

    const stack = await bench.stack({
        http: `
            server {
                listen 127.0.0.1:${own};

                location = /publish {
                    grip_publish         $arg_channel;
                    grip_publish_format  sse;
                    grip_publish_event   $arg_event;
                    grip_publish_id      $arg_id;
                }

                location = /inject {
                    set $event  "a\\r\\nid: 9";
                    set $id     "1\\ndata: x\\n\\n";

                    grip_publish         inject;
                    grip_publish_format  sse;
                    grip_publish_event   $event;
                    grip_publish_id      $id;
                }
            }
        `,

        server: `
            location /page {
                default_type text/html;
                return 200 "<!DOCTYPE html><title>events</title>";
            }

            location /events {
                grip_hold      sse;
                grip_channel   $arg_room;
                grip_hold_body "";
            }

            location /poll {
                grip_hold      response timeout=20s;
                grip_channel   $arg_room;
                grip_hold_body "";
            }

            location /resumed {
                grip_hold      sse;
                grip_channel   resumed prev_id=$grip_last_id;
                grip_link      /resumed;
                grip_hold_body "data: all after [$grip_last_id]\\n\\n";
            }

            location /fast {
                grip_hold      sse;
                grip_channel   fast;
                grip_keepalive ": beat\\n\\n" timeout=1s;
                grip_hold_body "retry: 100\\n\\n";
            }
        `,
    });

    const { pushpin, wire } = stack;
    const heard = (channel) => pushpin.subscriptions(channel);
    const url = (target) => `http://127.0.0.1:${pushpin.port}${target}`;
    const sources = [];


    async function post(query, body) {
        const response = await ask(own, { target: `/publish?${query}`, body });

        assert.equal(response.status, 200);
    }


    // Events of the eventsource package, as "type id data".

    async function source(target, channel, types = ['message']) {
        const before = heard(channel);
        const events = new EventSource(url(target));

        sources.push(events);
        events.got = [];

        for (const type of types) {
            events.addEventListener(type, ({ lastEventId, data }) => {
                events.got.push(`${type} ${lastEventId} ${data}`);
            });
        }

        await until(`${channel} is heard`, () => heard(channel) > before);

        return events;
    }


    // The same in a page.

    async function browse(page, target, channel, types = ['message']) {
        const before = heard(channel);

        await page.evaluate(([address, names]) => {
            const events = new EventSource(address);

            window.got = [];
            window.source = events;

            for (const type of names) {
                events.addEventListener(type, ({ lastEventId, data }) => {
                    window.got.push(`${type} ${lastEventId} ${data}`);
                });
            }

            return new Promise((resolve, reject) => {
                events.onopen = resolve;
                events.onerror = () => reject(new Error('no stream'));
            });
        }, [target, types]);

        await until(`${channel} is heard`, () => heard(channel) > before);
    }


    const got = (page) => page.evaluate(() => window.got);

    await canHold(pushpin.port, '/events?room=ready');

    const browser = await launch();
    const page = await browser.newPage();

    await page.goto(url('/page'));


    await test('a browser sees the stream open before anything is published, '
               + 'and then each message', async () => {
        await browse(page, '/events?room=news', 'news');

        await post('channel=news', 'hello');
        await post('channel=news', '{"a": "é"}');

        await until('both arrive', async () => (await got(page)).length === 2);
        assert.deepEqual(await got(page), ['message  hello',
                                           'message  {"a": "é"}']);
    });


    await test('the headers have all that a browser needs, and nothing of ours',
               async () => {
        const one = await Stream.open(pushpin.port, '/events?room=headers');

        assert.equal(one.headers['content-type'], 'text/event-stream');
        assert.equal(one.headers['cache-control'], 'no-store');
        await one.is(':\n\n');
        assert.deepEqual(Object.keys(one.headers).filter((name) => {
            return name.startsWith('grip-');
        }), []);
        one.terminate();
    });


    await test('row 54: names, ids and lines of all kinds arrive whole',
               async () => {
        const types = ['message', 'chat'];
        const events = await source('/events?room=lines', 'lines', types);

        await browse(page, '/events?room=lines', 'lines', types);

        await post('channel=lines&event=chat&id=7', 'one\ntwo\r\nthree\rfour');
        await post('channel=lines', '\nid: 8\nevent: evil\n: comment\n');
        await post('channel=lines&event=chat', '');

        const expected = ['chat 7 one\ntwo\nthree\nfour',
                          'message 7 \nid: 8\nevent: evil\n: comment\n',
                          'chat 7 '];

        await until('all arrive in the browser', async () => {
            return (await got(page)).length === expected.length;
        });
        assert.deepEqual(await got(page), expected);
        await until('all arrive', () => events.got.length === expected.length);

        // which forgets an id after the event that had it
        assert.deepEqual(events.got, expected.map((event, i) => {
            return i === 0 ? event : event.replace(' 7 ', '  ');
        }));
    });


    await test('row 54: a name or an id cannot bring lines of its own',
               async () => {
        const events = await source('/events?room=inject', 'inject',
                                    ['message', 'a', 'aid: 9']);
        const response = await ask(own, { target: '/inject', body: 'text' });

        assert.equal(response.status, 200);
        await until('it arrives', () => events.got.length === 1);
        assert.deepEqual(events.got, ['aid: 9 1data: x text']);
    });


    await test('a client that comes back tells the last id that it has seen, '
               + 'which the origin knows', async () => {
        await settle(pushpin, '/poll?room=resumed', 'resumed');

        const events = await source('/resumed', 'resumed');

        await until('the body arrives', () => events.got.length === 1);
        assert.deepEqual(events.got, ['message  all after []']);

        await post('channel=resumed&id=17', 'news');
        await until('the news arrive', () => events.got.length === 2);

        const from = wire.exchanges.length;

        await publish(pushpin.control, {
            channel: 'resumed', formats: { 'http-stream': { action: 'close' } },
        });

        const { response } = await wire.seen('who comes back',
            (one) => one.request.header('Last-Event-ID') === '17'
                     && one.response, from);

        assert.equal(response.header('Grip-Channel'), 'resumed; prev-id=17');
        await until('the client goes on', () => events.got.length >= 3);
        assert.equal(events.got[2], 'message  all after [17]');
    });


    await test('a silent stream is kept alive by comments, which nobody hears',
               async () => {
        const events = await source('/fast', 'fast');
        const one = await Stream.open(pushpin.port, '/fast');

        await until('it beats', () => one.text.includes(': beat\n\n: beat'));
        await post('channel=fast', 'x');
        await until('x arrives', () => events.got.length > 0);
        assert.deepEqual(events.got, ['message  x']);
        one.terminate();
    });


    sources.forEach((events) => events.close());
    await browser.close();
});
