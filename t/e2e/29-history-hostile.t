#!/usr/bin/env node
'use strict';

// Clients and publishers that want of a history more than is theirs, or to speak
// in it for others: by the names of users and channels, by contents that look
// like events, and by links.

const assert = require('node:assert/strict');

const { Stream, canHold, get } = require('./lib/http');
const { ask, signature } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');

const ID = /^[0-9a-f]{16}-[0-9a-f]{16}$/;

const USERS = ['bob', 'o"neil', 'a,b', 'x", user="bob', '\\', '\ufeffbob'];

// of items, by which the filters of the proxy leave out one user or another

const METAS = [
    {}, { sender: 'bob' }, { sender: ' bob' }, { sender: 'o"neil' },
    { sender: 'a,b' }, { sender: 'x", user="bob' }, { sender: '\\' },
    ...['bob', 'x, bob', '"x,bob', '"x",bob', 'x", bob, "y', 'o"neil,bob',
        '\\",bob', '"bob"', '"a,b"', 'bob\u00a0', '\u2003bob', 'x,\nbob\r',
        'x,\tbob\v', '\u0085bob', '\ufeffbob', '\u200bbob', '\u1680bob\u3000',
        ',,bob,', 'Bob', 'b ob'].map((users) => ({ skip_users: users })),
    { require_sub: 'filters' }, { require_sub: 'other' },
    { require_sub: ' filters' }, { require_sub: '\ufefffilters' },
];

const TEXTS = ['', '\r', '\n', '\r\n', 'x\r\n\r\nid: 1\r\n\r\n', 'a\r\r\n\nb',
               'x\nid: 1\n\ndata: y\n\n', '\0', '\u2028id: 1', '\u0085id: 1',
               '\ufeffid: 1', 'id: 1', ':', 'event: reset', 'retry: 1', '\vid: 1',
               '\x1b[2J', '%I', '%(bytes)s', '~'.repeat(70), ' x ', '\\nid: 1'];

const NAMES = ['', 'x', 'x\u2028id: 1', 'reset', ': x', ' x', 'id', '\ufeffx'];

// names that the proxy takes for that of another channel, and whose they are

const ALIASES = ['secret%20', '%20secret', '%EF%BB%BFsecret'];

const latin1 = (text) => Buffer.from(text).toString('latin1');


suite(async ({ bench, test }) => {
    const own = await freePort();

    const { nginx, pushpin, wire } = await bench.stack({
        http: `
            grip_history_zone news:8m;

            server {
                listen 127.0.0.1:${own};
                grip_history news;

                location = /publish {
                    grip_publish       $arg_channel;
                    grip_publish_event $http_x_event;
                }

                location /control/ { grip_control; }
            }
        `,

        server: `
            grip_history news;

            location = /ready {
                grip_history off;
                grip_hold    stream;
                grip_channel ready;
                grip_hold_body "";
            }

            location = /filters {
                grip_hold        sse;
                grip_channel     filters filter=skip-self filter=skip-users
                                         filter=require-sub;
                grip_filter_meta user $http_x_user;
                grip_hold_body   "";
            }

            location ~ "^/events/(?<room>.+)$" {
                grip_hold    sse;
                grip_channel $room;
                grip_hold_body "";
            }

            location = /events/secret {
                deny         all;
                grip_hold    sse;
                grip_channel secret;
                grip_hold_body "";
            }
        `,
    });


    async function publish(channel, text, event = '') {
        const { status } = await ask(own, {
            target: `/publish?channel=${channel}`, body: text,
            headers: { 'Content-Type': 'text/plain',
                       'X-Event': latin1(event) },
        });

        return status;
    }


    const all = (port, target, headers) => Stream.open(port, target, {
        headers: { ...headers, 'Last-Event-ID': 'none of ours' },
    });

    const ends = (stream) => until('the last item is there', () => {
        return stream.text.includes('\ndata: the end\n\n');
    }, 15000);

    // A second after the first of them the proxy asks again for all streams of a
    // channel, which hear by the answer what is published meanwhile.

    const listen = (channel, streams) => until('it has asked again', () => {
        return pushpin.followed(channel) >= streams;
    });

    const answers = (from) => wire.exchanges.slice(from)
        .filter(({ response }) => `${response?.body}`.includes('data: '));

    // behind what a stream begins with

    const items = (stream) => stream.text
        .replace(/^:\n\n(event: reset\n)?id: .*\n(data: \n)?\n/, '');


    await canHold(pushpin.port, '/ready');


    await test('a client that comes back hears of others what it would have '
               + 'heard', async () => {
        const headers = (user) => ({ 'X-User': latin1(user) });

        const live = await Promise.all(USERS.map((user) => {
            return Stream.open(pushpin.port, '/filters',
                               { headers: headers(user) });
        }));

        await listen('filters', USERS.length);

        const from = wire.exchanges.length;

        for (const [i, meta] of [...METAS.entries(), ['the end', {}]]) {
            const { status } = await ask(own, {
                target: '/control/publish/',
                headers: { 'Content-Type': 'application/json' },
                body: JSON.stringify({ items: [{
                    channel: 'filters', meta,
                    formats: { 'http-stream': { content: `data: ${i}\n\n` } },
                }] }),
            });

            assert.equal(status, 200);
        }

        await Promise.all(live.map(ends));
        assert.deepEqual(answers(from), []);

        let heard = 0;

        for (const [k, user] of USERS.entries()) {
            const again = await all(pushpin.port, '/filters', headers(user));

            await ends(again);

            const data = [live[k], again].map((stream) => {
                return [...items(stream).matchAll(/^data: (\d+)$/mg)]
                    .map(([, i]) => JSON.stringify(METAS[i]));
            });

            assert.deepEqual(data[1], data[0], user);
            heard += data[0].length;
            again.terminate();
            live[k].terminate();
        }

        assert.ok(heard > USERS.length && heard < USERS.length * METAS.length);
    });


    await test('contents and names cannot make up ids or events, live and when a '
               + 'client comes back', async () => {
        const live = await Stream.open(pushpin.port, '/events/texts');

        await listen('texts', 1);

        const from = wire.exchanges.length;

        for (const text of TEXTS) {
            assert.equal(await publish('texts', text), 200);
        }

        for (const name of NAMES) {
            assert.equal(await publish('texts', 'named', name), 200);
        }

        for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80]]) {
            assert.equal(await publish('texts', Buffer.from(bytes)), 400);
        }

        await publish('texts', 'the end');
        await ends(live);
        assert.deepEqual(answers(from), []);

        const again = await all(pushpin.port, '/events/texts');

        await ends(again);
        assert.equal(items(again), items(live));

        const ids = items(again).split(/\r\n|\r|\n/)
            .filter((line) => /^id(:|$)/.test(line));

        assert.equal(ids.length, TEXTS.length + NAMES.length + 1);
        assert.ok(ids.every((line) => ID.test(line.slice(4))));
        again.terminate();
        live.terminate();
    });


    await test('a channel has no other name', async () => {
        assert.equal((await get(pushpin.port, '/events/secret')).status, 403);

        for (const alias of ALIASES) {
            const stream = await Stream.open(pushpin.port, `/events/${alias}`);

            assert.equal(stream.status, 400, alias);
            stream.terminate();
        }

        assert.equal(pushpin.subscriptions('secret'), 0);
    });


    await test('a client sees no link, and one that is changed is none',
               async () => {
        for (let i = 0; i < 20; i++) {
            await publish('pages', 'x'.repeat(10000));
        }

        await publish('pages', 'the end');

        const from = wire.exchanges.length;
        const stream = await all(pushpin.port, '/events/pages');

        await ends(stream);
        stream.terminate();

        assert.ok(!Object.keys(stream.headers)
            .some((name) => name.startsWith('grip-')));

        const [first] = wire.exchanges.slice(from);
        const link = /<(.*)>/.exec(first.response.header('Grip-Link'))[1];
        const start = link.lastIndexOf('/') + 1;
        const signed = { 'Grip-Sig': signature(), 'Content-Length': null };
        const visit = (target) => ask(nginx.port, { method: 'GET', target,
                                                    headers: signed });

        assert.match(`${(await visit(link)).body}`, /^id: /m);

        for (let i = start; i < link.length; i++) {
            const changed = link.slice(0, i) + (link[i] === 'A' ? 'B' : 'A')
                            + link.slice(i + 1);
            const { status, body, headers } = await visit(changed);

            assert.equal(status, 200);
            assert.equal(`${body}`, '');
            assert.ok(![...headers.keys()]
                .some((name) => name.startsWith('grip-')), changed);
        }
    });
});
