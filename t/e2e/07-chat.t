#!/usr/bin/env node
'use strict';

// The chat of the README and of the demo.

const assert = require('node:assert/strict');

const { suite } = require('./lib/suite');


suite(async ({ bench, test }) => {
    const stack = await bench.stack({
        batches: true,

        http: `
            map $grip_meta_nick $nick { "" anonymous; default $grip_meta_nick; }
        `,

        server: `
            location /chat {
                grip_websocket;

                grip_on open                               { subscribe room; }
                grip_on text ~ "^/nick (?<name>[^\\r\\n]+)$" {
                    set_meta nick $name;
                    send "nickname set to [$name]";
                }
                grip_on text                               {
                    publish room "$nick: $grip_message";
                }
            }
        `,
    });

    const ann = await stack.connect('/chat', { hears: 'room' });
    const bob = await stack.connect('/chat', { hears: 'room' });

    const bothHear = async (text) => {
        assert.equal(await ann.next(), text);
        assert.equal(await bob.next(), text);
    };


    await test('two clients talk, anonymous at first', async () => {
        ann.send('hello');
        await bothHear('anonymous: hello');
        bob.send('hi');
        await bothHear('anonymous: hi');
    });


    await test('a nick is told to its owner and seen by all', async () => {
        ann.send('/nick ann');
        assert.equal(await ann.next(), 'nickname set to [ann]');
        ann.send('it is me');
        await bothHear('ann: it is me');
        bob.send('I am nobody');
        await bothHear('anonymous: I am nobody');
    });


    await test('a nick counts for the next message of the same batch',
               async () => {
        await stack.batch(bob, 'wait', () => {
            bob.send('before');
            bob.send('/nick bob');
            bob.send('after');
            bob.send('/nick');
            bob.send('/nick eve');
            bob.send('again');
        });

        for (const text of ['anonymous: wait', 'anonymous: before',
                            'bob: after', 'bob: /nick', 'eve: again'])
        {
            assert.equal(await ann.next(), text);
        }

        const heard = [];

        while (heard.length < 7) {
            heard.push(await bob.next());
        }

        // what is sent and what is published are ordered among themselves
        assert.deepEqual(heard.filter((text) => /^nick/.test(text)),
                         ['nickname set to [bob]', 'nickname set to [eve]']);
        assert.equal(bob.exchanges.length, 5);
    });


    await test('a nick belongs to one connection and ends with it',
               async () => {
        const next = await stack.connect('/chat', { hears: 'room' });

        next.send('new here');
        assert.equal(await ann.next(), 'anonymous: new here');
        await next.close(1000);
        bob.send('bye');
        assert.equal(await ann.next(), 'eve: bye');
    });


    await test('a chat message cannot pose as another, whatever it holds',
               async () => {
        for (const text of ['x: y', '"},{"channel":"room', '$nick', 'm:x',
                            'c:{"type":"detach"}'])
        {
            ann.send(text);
            assert.equal(await ann.next(), `ann: ${text}`);
        }
    });
});
