#!/usr/bin/env node
'use strict';

const assert = require('node:assert/strict');

const { event, eventNames } = require('./lib/events');
const { askEvents, publish } = require('./lib/origin');
const { isSince } = require('./lib/pushpin');
const { suite } = require('./lib/suite');


suite(async ({ bench, test }) => {
    const stack = await bench.stack({
        batches: true,

        server: `
            location /meta {
                grip_websocket;

                grip_on text ~ "^set (?<v>.*)$" { set_meta nick $v; send ok; }
                grip_on text ~ "^id (?<id>.*)$" { set_meta user_id $id;
                                                  send ok; }
                grip_on text = delete           { set_meta nick ""; send ok; }
                grip_on text = id               { send "[$grip_meta_user_id]"; }
                grip_on text ~ "^one (.*)$"     { send "$1"; }
                grip_on text = captures         { send "[$v][$id][$1]"; }
                grip_on text                    { send "[$grip_meta_nick]"; }
            }

            location /closed {
                grip_websocket;

                grip_on open { set_meta nick bob; reject 410; }
            }

            location /first {
                grip_websocket;

                grip_on text =  hello        { send "literal"; }
                grip_on text ~  ^h           { send "pattern"; }
                grip_on text ~* ^H           { send "insensitive"; }
                grip_on binary = hello       { send "binary hello"; }
                grip_on message $arg_on = 1  { send "switched on"; }
                grip_on text if=$arg_if      { send "condition"; }
                grip_on message              { send "rest"; }
            }

            location /channels {
                grip_websocket;

                grip_on text ~ "(?s)^\\+(?<c>.+)$" { subscribe $c; send "+"; }
                grip_on text ~ "^-(?<c>.+)$"       { unsubscribe $c; send "-"; }
                grip_on text = detach              { detach; }
                grip_on text = many {
                    ${Array.from({ length: 25 }, (_, i) => {
                        return `subscribe many-${i + 1};`;
                    }).join('\n')}
                    send "+";
                }
            }

            location /skip {
                grip_websocket;

                grip_on open { subscribe skip filter=skip-self;
                               filter_meta user $arg_name; }
                grip_on text { publish skip "$arg_name: $grip_message"
                                       meta=sender:$arg_name; }
                grip_on binary { filter_meta user $grip_message; }
            }

            location /alive {
                grip_websocket;

                grip_on open { keepalive "tick;é\\n" timeout=1 mode=interval; }
            }
        `,
    });

    const control = stack.pushpin.control;

    const tell = (channel, content) => {
        return publish(control, { channel,
                                  formats: { 'ws-message': { content } } });
    };


    await test('row 32: a meta is set, replaced and deleted', async () => {
        const client = await stack.connect('/meta');
        const say = async (text) => {
            client.send(text);
            return client.next();
        };

        assert.equal(await say('?'), '[]');
        await say('set bob');
        assert.equal(await say('?'), '[bob]');
        await say('set Bob; the "first" = é, 2');
        assert.equal(await say('?'), '[Bob; the "first" = é, 2]');
        await say('delete');
        assert.equal(await say('?'), '[]');

        const { response } = client.exchanges.find(({ request }) => {
            return request.body.includes('delete');
        });

        assert.equal(response.header('Set-Meta-nick'), '');
        assert.ok(client.exchanges.at(-1).request.lines.every((line) => {
            return !/^meta-/i.test(line);
        }));
    });


    await test('row 32: the underscore of a meta name survives', async () => {
        const client = await stack.connect('/meta');

        client.send('id 7');
        await client.next();
        client.send('id');
        assert.equal(await client.next(), '[7]');
    });


    await test('row 32: control characters cannot enter a header', async () => {
        const client = await stack.connect('/meta');

        client.send('set good');
        await client.next();

        for (const text of ['set a\rb', 'set a\0b', 'set a\x7fb']) {
            client.send(text);
            assert.equal(await client.next(), 'ok');
            client.send('?');
            assert.equal(await client.next(), '[]');
        }

        await stack.nginx.logged(/\[info\].*set_meta/);
    });


    await test('a value whose blanks would not come back is none', async () => {
        const client = await stack.connect('/meta');

        for (const text of ['set admin ', 'set  admin', 'set admin\t']) {
            client.send('set eve');
            assert.equal(await client.next(), 'ok');
            client.send(text);
            assert.equal(await client.next(), 'ok');
            client.send('?');
            assert.equal(await client.next(), '[]');
        }
    });


    await test('row 32: a rejected handshake sets nothing', async () => {
        const from = stack.wire.exchanges.length;
        const { status, headers } = await stack.refused('/closed');
        const { response } = stack.wire.exchanges[from];

        assert.equal(status, 410);
        assert.equal(response.status, 410);
        assert.equal(response.header('Set-Meta-nick'), undefined);
        assert.equal(headers['set-meta-nick'], undefined);
    });


    await test('the first rule that matches wins', async () => {
        const client = await stack.connect('/first');
        const on = await stack.connect('/first?on=1');
        const condition = await stack.connect('/first?if=1');
        const say = async (one, text) => {
            one.send(text);
            return one.next();
        };

        assert.equal(await say(client, 'hello'), 'literal');
        assert.equal(await say(client, 'hallo'), 'pattern');
        assert.equal(await say(client, 'Hallo'), 'insensitive');
        assert.equal(await say(client, Buffer.from('hello')), 'binary hello');
        assert.equal(await say(client, 'x'), 'rest');
        assert.equal(await say(on, 'x'), 'switched on');
        assert.equal(await say(on, Buffer.from('x')), 'switched on');
        assert.equal(await say(condition, 'x'), 'condition');
        assert.equal(await say(condition, Buffer.from('x')), 'rest');
    });


    await test('row 27: channel names of all letters reach the proxy whole',
               async () => {
        const names = ['room', 'a b', "it's", 'back\\slash', 'é€\u{1f600}',
                       '<&>{}[]:%', 'x'.repeat(1000)];
        const client = await stack.connect('/channels');

        for (const name of names) {
            client.send(`+${name}`);
            assert.equal(await client.next(), '+');
            await tell(name, `to ${name}`);
            assert.equal(await client.next(), `to ${name}`);
        }
    });


    await test('row 27: a channel that cannot be is skipped, and logged',
               async () => {
        const client = await stack.connect('/channels');

        for (const name of ['a,b', 'a;b', 'say "hi"', 'a\tb', 'a\nb']) {
            client.send(`+${name}`);
            assert.equal(await client.next(), '+');
        }

        assert.ok(client.exchanges.every(({ response }) => {
            return !response.body.includes('"subscribe"');
        }));

        await stack.nginx.logged(/\[info\].*"subscribe" skipped/);
    });


    await test('row 27: a control message too long for the proxy is refused',
               async () => {
        const client = await stack.connect('/channels');

        client.send(`+${'x'.repeat(16385)}`);
        assert.equal(await client.next(), '+');

        const { response } = await client.exchange('to subscribe',
            ({ request }) => request.body.length > 16384);

        assert.deepEqual(eventNames(response.body), ['TEXT m:+']);
        await stack.nginx.logged(/\[error\].*16384/);
    });


    await test('row 28: more than 20 subscribes are warned of', async () => {
        const client = await stack.connect('/channels');

        client.send('many');
        assert.equal(await client.next(), '+');
        await stack.nginx.logged(/\[warn\].*more than 20 subscriptions/);

        for (let i = 1; i <= 25; i++) {
            await tell(`many-${i}`, `${i}`);
        }

        for (let i = 1; i <= 20; i++) {
            assert.equal(await client.next(), `${i}`);
        }

        await tell('many-1', 'again');
        assert.equal(await client.next(), 'again');
    });


    await test('unsubscribe ends what subscribe began', async () => {
        const client = await stack.connect('/channels');

        for (const text of ['+one', '+two', '-one']) {
            client.send(text);
            await client.next();
        }

        await tell('one', '1');
        await tell('two', '2');
        assert.equal(await client.next(), '2');
    });


    await test('a detached client keeps its channels and leaves us alone',
               async () => {
        const client = await stack.connect('/channels');

        client.send('+far');
        await client.next();
        client.send('detach');

        const { response } = await client.exchange('about a close',
            ({ request }) => /^CLOSE/.test(request.body));

        assert.equal(response.body.toString(), 'CLOSE\r\n');

        const asked = client.exchanges.length;

        client.send('+unheard');
        await tell('far', 'still here');
        assert.equal(await client.next(), 'still here');
        assert.equal(client.exchanges.length, asked);
    });


    await test('filter_meta and skip-self keep one\'s own words away',
               async () => {
        const ann = await stack.connect('/skip?name=ann', { hears: 'skip' });
        const bob = await stack.connect('/skip?name=bob', { hears: 'skip' });

        ann.send('hi');
        assert.equal(await bob.next(), 'ann: hi');
        bob.send('ho');
        assert.equal(await ann.next(), 'bob: ho');
        assert.deepEqual(bob.messages, []);
    });


    await test('a client whose filter would look at nothing is closed',
               async () => {
        const client = await stack.connect('/skip?name=eve', { hears: 'skip' });

        client.send(Buffer.from([0xff]));
        assert.deepEqual(await client.closed,
                         { code: 1008, reason: 'invalid filter meta' });
    });


    await test('the longest meta that can come back does, a longer one is none',
               async () => {
        const client = await stack.connect('/meta');
        const most = 'm'.repeat(8192 - 'Meta-nick: \r\n'.length);

        // a newer proxy takes no more headers of an answer than it has room
        // for, which is "client_buffer_size"
        const longest = isSince('1.41') ? most.slice(1000) : most;

        for (const [set, found] of [[longest, longest], [`${most}m`, '']]) {
            client.send(`set ${set}`);
            assert.equal(await client.next(), 'ok');
            client.send('?');
            assert.equal(await client.next(), `[${found}]`);
        }
    });


    await test('keepalive makes the proxy speak when nobody does', async () => {
        const client = await stack.connect('/alive');

        assert.equal(await client.next(), 'tick;é\n');
        assert.equal(await client.next(), 'tick;é\n');
        assert.equal(client.exchanges.length, 1);
    });


    await test('row 11: events of a batch share metas, not captures',
               async () => {
        const client = await stack.connect('/meta');

        await stack.batch(client, 'first', () => {
            for (const text of ['set bob', '?', 'set eve', 'captures', '?',
                                'one 1', 'captures', 'delete', '?'])
            {
                client.send(text);
            }
        });

        const heard = [];

        while (heard.length < 10) {
            heard.push(await client.next());
        }

        assert.deepEqual(heard, ['[]', 'ok', '[bob]', 'ok', '[][][]', '[eve]',
                                 '1', '[][][]', 'ok', '[]']);
        assert.equal(client.exchanges.length, 3);

        // the last word counts
        assert.equal(client.exchanges[2].response.header('Set-Meta-nick'), '');
    });


    await test('row 8: content where none is expected is tolerated',
               async () => {
        const { port } = stack.nginx;
        const { status, body } = await askEvents(port, '/meta',
            'OPEN 0\r\n\r\n');

        assert.equal(status, 200);
        assert.deepEqual(eventNames(body), ['OPEN']);

        const answer = await askEvents(port, '/meta', Buffer.concat([
            event('TEXT', ''), event('WHATEVER', 'x'), event('PING', 'p'),
            Buffer.from('TEXT A\r\n0123456789\r\n'),
        ]));

        assert.deepEqual(eventNames(answer.body),
                         ['TEXT m:[]', 'PONG p', 'TEXT m:[]']);
    });


    await test('row 9: a body that is no list of events is refused with 400',
               async () => {
        for (const body of ['TEXT', 'TEXT\n', 'TEXT 2\r\nhi',
                            'TEXT 2\r\nhi\n\n', 'TEXT 3\r\nhi\r\n',
                            'TEXT zz\r\n', 'TEXT -1\r\n',
                            'TEXT 0x2\r\nhi\r\n', 'TEXT 1FFFFFFFF\r\nhi\r\n',
                            'TEXT \r\n', '\r\n', 'TEXT 2 \r\nhi\r\n'])
        {
            const { status } = await askEvents(stack.nginx.port, '/meta', body);

            assert.equal(status, 400, JSON.stringify(body));
        }
    });
});
