#!/usr/bin/env node
'use strict';

// Streams and long-polls: what the proxy makes of our headers.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');

const { canHold, get, settle, Stream } = require('./lib/http');
const { ask, publish, signature } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');


suite(async ({ bench, test }) => {
    const backend = await freePort();
    const own = await freePort();

    const stack = await bench.stack({
        http: `
            map $grip_last_id $known {
                ""       1;
                default  $grip_last_id;
            }

            server {
                listen 127.0.0.1:${backend};

                location /304 { return 304; }
                location /    { return 200 "from a backend\\n"; }
            }

            server {
                listen 127.0.0.1:${own};

                location = /publish {
                    grip_publish        $arg_channel;
                    grip_publish_format ws-message http-stream http-response;
                }
            }
        `,

        server: `
            location /stream {
                grip_hold      stream;
                grip_channel   $arg_room;
                grip_hold_body "stream opened, prepare yourself!\\n";
            }

            location /poll {
                grip_hold      response timeout=5s;
                grip_channel   $arg_room;
                grip_hold_body "request timed out\\n";
            }

            location /backend/ {
                proxy_pass   http://127.0.0.1:${backend}/;
                grip_hold    response timeout=5s;
                grip_channel $arg_room;
            }

            location /backend/stream {
                proxy_pass   http://127.0.0.1:${backend}/;
                grip_hold    stream;
                grip_channel $arg_room;
            }

            location /two {
                grip_hold      stream;
                grip_channel   "first room";
                grip_channel   second;
                grip_hold_body "";
            }

            location /beat {
                grip_hold      stream;
                grip_channel   beat;
                grip_keepalive "a;b\\n" timeout=1s;
                grip_hold_body "";
            }

            location /gap {
                if ($http_grip_last) {
                    rewrite ^ /missed last;
                }

                grip_hold      response timeout=20s;
                grip_channel   gap prev_id=$known;
                grip_hold_body "nothing after $known\\n";
            }

            location /missed {
                return 200 "what came after $grip_last_id\n";
            }

            location /feed {
                grip_hold      stream;
                grip_channel   feed prev_id=$known;
                grip_link      /feed?again=yes;
                grip_hold_body "all until $known\\n";
            }

            location /self {
                grip_hold        stream;
                grip_channel     self filter=skip-self;
                grip_filter_meta user $arg_user;
                grip_hold_body   "";
            }

            location /status {
                grip_hold           stream;
                grip_channel        status;
                grip_hold_status    202 "Wait a bit";
                grip_expose_headers Content-Type;
                grip_hold_body      "";
            }

            location /long {
                set $x "${'x'.repeat(2000)}";
                grip_hold      response timeout=5s;
                grip_channel   long;
                grip_hold_body "${'$x'.repeat(55)}";
            }

            location /unmeasured {
                proxy_pass         http://127.0.0.1:$server_port/replaced;
                proxy_http_version 1.1;
                grip_hold          response timeout=5s;
                grip_channel       long;
            }

            location /replaced {
                set $x "${'x'.repeat(2000)}";
                sub_filter_types *;
                sub_filter y z;
                return 200 "${'$x'.repeat(55)}";
            }

            location /optional {
                grip_verify    optional;
                grip_hold      stream;
                grip_channel   optional;
                grip_hold_body "for all\\n";
            }

            location /prefixed {
                grip_prefix    app-;
                grip_hold      stream;
                grip_channel   room;
                grip_hold_body "";
            }
        `,
    });

    const { nginx, pushpin, wire } = stack;
    const heard = (channel) => pushpin.subscriptions(channel);


    // A stream that the proxy has subscribed.

    async function stream(target, channel, options) {
        const before = heard(channel);
        const opened = await Stream.open(pushpin.port, target, options);

        await until(`${channel} is heard`, () => heard(channel) > before);

        return opened;
    }


    // The POSTs to our own publish location.

    async function post(channel, body, headers = {}) {
        const response = await ask(own, { target: `/publish?channel=${channel}`,
                                          headers, body });

        assert.equal(response.status, 200);
        assert.equal(response.body.toString(), 'Published\n');
    }


    await canHold(pushpin.port, '/stream?room=ready');


    // Those that take their time, all at once.

    await Promise.all(['silent', 'silent304'].map((room) => {
        return settle(pushpin, `/poll?room=${room}`, room);
    }));

    const timedOut = get(pushpin.port, '/poll?room=silent');
    const notModified = get(pushpin.port, '/backend/304?room=silent304',
                            { headers: { 'If-None-Match': '"tag"' } });
    const started = Date.now();


    await test('a stream brings its body and all that is published',
               async () => {
        const one = await stream('/stream?room=news', 'news');
        const opened = 'stream opened, prepare yourself!\n';

        assert.equal(one.status, 200);
        assert.equal(one.headers['content-type'], 'text/plain');
        assert.equal(one.headers.incremental, '?1');
        await one.is(opened);

        await post('news', 'hello\n');
        await one.is(`${opened}hello\n`);
        await post('news', 'é and all\r\n');
        await one.is(`${opened}hello\né and all\r\n`);

        assert.deepEqual(Object.keys(one.headers).filter((name) => {
            return name.startsWith('grip-');
        }), []);

        one.terminate();
    });


    await test('curl sees a stream go on', async () => {
        const before = heard('curl');
        const curl = spawn('curl', ['-sN', '-d', 'a body of ours',
            `http://127.0.0.1:${pushpin.port}/stream?room=curl`]);
        let text = '';

        curl.stdout.on('data', (part) => {
            text += part;
        });

        await until('curl is heard', () => heard('curl') > before);
        await post('curl', 'one\n');
        await until('curl shows the first', () => text.endsWith('\none\n'));
        await post('curl', 'two\n');
        await until('curl shows both', () => text.endsWith('\none\ntwo\n'));

        curl.kill();
    });


    await test('a stream over a backend', async () => {
        const one = await stream('/backend/stream?room=over', 'over');

        await one.is('from a backend\n');
        await post('over', 'and more\n');
        await one.is('from a backend\nand more\n');
        one.terminate();
    });


    await test('a stream ends when it is closed by who publishes',
               async () => {
        const one = await stream('/stream?room=closing', 'closing');

        await publish(pushpin.control, {
            channel: 'closing', formats: { 'http-stream': { action: 'close' } },
        });
        assert.equal(await one.ended, 'end');
    });


    await test('ten long-polls get the next message, and its type',
               async () => {
        await settle(pushpin, '/poll?room=ten', 'ten');

        const before = heard('ten');
        const polls = Array.from({ length: 10 }, () => {
            return get(pushpin.port, '/poll?room=ten');
        });

        await until('all are heard', () => heard('ten') === before + 10);
        await post('ten', '{"n":1}', { 'Content-Type': 'application/json' });

        for (const { status, headers, body } of await Promise.all(polls)) {
            assert.equal(status, 200);
            assert.equal(headers['content-type'], 'application/json');
            assert.equal(body, '{"n":1}');
        }
    });


    await test('row 44: a held response may be asked for twice', async () => {
        const poll = get(pushpin.port, '/poll?room=fresh');
        const asked = () => wire.exchanges.filter(({ request, response }) => {
            return request.target === '/poll?room=fresh' && response;
        });

        await until('the proxy asks twice', () => {
            return pushpin.retries('fresh') === 1;
        });

        const [first, again] = asked();

        assert.deepEqual(again.response.body, first.response.body);
        assert.equal(again.response.header('Grip-Channel'), 'fresh');

        await post('fresh', 'x');
        assert.equal((await poll).body, 'x');
        assert.equal(asked().length, 2);
    });


    await test('row 40: only what came through the proxy is held',
               async () => {
        const direct = (target, headers) => ask(nginx.port, { method: 'GET',
                                                              target, headers });

        for (const [headers, status, hold] of [
            [{}, 403, undefined],
            [{ 'Grip-Sig': signature({ key: 'forged' }) }, 403, undefined],
            [{ 'Grip-Sig': signature() }, 200, 'stream'],
        ]) {
            const response = await direct('/stream?room=x', headers);

            assert.equal(response.status, status);
            assert.equal(response.header('Grip-Hold'), hold);
        }

        const plain = await direct('/optional', {});

        assert.equal(plain.status, 200);
        assert.equal(plain.header('Grip-Hold'), undefined);
        assert.equal(plain.body.toString(), 'for all\n');

        const held = await stream('/optional', 'optional');

        await held.is('for all\n');
        held.terminate();
    });


    await test('row 41: a stream of two channels, and names that cannot be',
               async () => {
        const one = await stream('/two', 'second');

        await until('the other is heard', () => heard('first room') > 0);
        await publish(pushpin.control,
            { channel: 'first room',
              formats: { 'http-stream': { content: '1' } } },
            { channel: 'second',
              formats: { 'http-stream': { content: '2' } } });
        await one.is('12');
        one.terminate();

        for (const name of ['a,b', 'a;filter=x', '']) {
            const { status } = await get(pushpin.port, `/stream?room=${name}`);

            assert.equal(status, 400, name);
        }

        assert.equal(heard('a') + heard('b'), 0);
    });


    await test('row 42: keep-alives with a semicolon and a line end',
               async () => {
        const one = await stream('/beat', 'beat');

        await until('it beats twice', () => one.text.length >= 8);
        assert.match(one.text, /^(a;b\n)+$/);
        one.terminate();
    });


    await test('row 46: an item that follows one we have not seen makes the '
               + 'proxy ask again', async () => {
        await settle(pushpin, '/poll?room=gap', 'gap');

        const before = heard('gap');
        const poll = get(pushpin.port, '/gap');

        await until('the gap is heard', () => heard('gap') > before);

        const from = wire.exchanges.length;

        await publish(pushpin.control, {
            channel: 'gap', id: '3', 'prev-id': '2',
            formats: { 'http-response': { body: 'three' } },
        });

        const { request } = await wire.seen('Grip-Last', (exchange) => {
            return exchange.request.target === '/gap'
                   && exchange.request.header('Grip-Last') !== undefined;
        }, from);

        assert.equal(request.header('Grip-Last'), 'gap; last-id=1');
        assert.equal((await poll).body, 'what came after 1\n');
    });


    await test('row 47: a stream that missed an item goes on by its link',
               async () => {
        await settle(pushpin, '/poll?room=feed', 'feed');

        const one = await stream('/feed', 'feed');

        await one.is('all until 1\n');
        await publish(pushpin.control, {
            channel: 'feed', id: '2', 'prev-id': '1',
            formats: { 'http-stream': { content: 'two\n' } },
        });
        await one.is('all until 1\ntwo\n');

        await publish(pushpin.control, {
            channel: 'feed', id: '9', 'prev-id': '8',
            formats: { 'http-stream': { content: 'nine\n' } },
        });

        const { request } = await wire.seen('the link', (exchange) => {
            return exchange.request.target === '/feed?again=yes'
                   && exchange.response;
        });

        const [, last] = /^feed; last-id=(.*)$/.exec(
            request.header('Grip-Last'));

        await until('the stream goes on', () => {
            return one.text.includes(`two\nall until ${last}\n`);
        });
        one.terminate();
    });


    await test('filters: who publishes does not hear himself', async () => {
        const ann = await stream('/self?user=ann', 'self');
        const bob = await stream('/self?user=bob', 'self');

        await publish(pushpin.control, {
            channel: 'self', meta: { sender: 'ann' },
            formats: { 'http-stream': { content: 'from ann\n' } },
        });
        await bob.is('from ann\n');
        await publish(pushpin.control, {
            channel: 'self',
            formats: { 'http-stream': { content: 'from nobody\n' } },
        });
        await ann.is('from nobody\n');
        await bob.is('from ann\nfrom nobody\n');
        ann.terminate();
        bob.terminate();
    });


    await test('the status and the headers that the client is to see',
               async () => {
        const one = await stream('/status', 'status');

        assert.equal(one.status, 202);
        assert.equal(one.headers['content-type'], 'text/plain');
        assert.equal(one.headers.server, undefined);
        one.terminate();
    });


    await test('row 45: a response that is too long is not held, and is logged',
               async () => {
        const { status, body } = await get(pushpin.port, '/long');

        assert.equal(status, 200);
        assert.equal(body, 'x'.repeat(110000));
        await nginx.logged(/\[error\].*not held.*100000 bytes/);
    });


    await test('a response of unknown length that is too long becomes a 502',
               async () => {
        const { status } = await get(pushpin.port, '/unmeasured');

        assert.equal(status, 502);
        await nginx.logged(/\[error\].*response exceeds.*100000 bytes/);
    });


    await test('row 55: channels of holds have the prefix', async () => {
        const one = await stream('/prefixed', 'app-room');

        for (const channel of ['room', 'app-room']) {
            await publish(pushpin.control, {
                channel, formats: { 'http-stream': { content: channel } },
            });
        }

        await one.is('app-room');
        one.terminate();
    });


    await test('a long-poll without news gets its body in the end',
               async () => {
        const { status, headers, body } = await timedOut;

        assert.ok(Date.now() - started >= 4500);
        assert.equal(status, 200);
        assert.equal(headers['content-type'], 'text/plain');
        assert.equal(body, 'request timed out\n');
    });


    await test('row 43: without news, a 304 of a backend reaches the client',
               async () => {
        const { status, body } = await notModified;

        assert.equal(status, 304);
        assert.equal(body, '');
    });
});
