#!/usr/bin/env node
'use strict';

const assert = require('node:assert/strict');

const { closePayload, event, eventNames, events } = require('./lib/events');
const { MEDIA_TYPE, askEvents, publish } = require('./lib/origin');
const { suite } = require('./lib/suite');


function asksAbout(type) {
    return ({ request }) => {
        return events(request.body).some((one) => one.type === type);
    };
}


suite(async ({ bench, test }) => {
    const stack = await bench.stack({
        batches: true,

        server: `
            location /sink {
                grip_websocket;
            }

            location /room {
                grip_websocket;

                grip_on open  {
                    set_meta name $arg_name;
                    subscribe room;
                }
                grip_on close {
                    publish room
                        "$grip_meta_name: $grip_close_code $grip_close_reason";
                }
                grip_on disconnect {
                    publish room "$grip_meta_name vanished";
                }
            }

            location /gone {
                grip_websocket;

                grip_on open { subscribe gone; }
                grip_on gone { publish gone "$arg_name: $grip_event"; }
            }

            location /own-close {
                grip_websocket;

                grip_on close { close 4002 "mine"; }
            }

            location /talk {
                grip_websocket;

                grip_on open $arg_at = door { send "go away";
                                              close 4001 "bye é"; }
                grip_on open $arg_why ~ .   { close 4003 $arg_why; }
                grip_on text = bye          { send "so long";
                                              close 4002 "you too"; }
                grip_on text = plain        { close; }
                grip_on text = drop         { disconnect; }
                grip_on message { send "$grip_event $grip_message"; }
            }
        `,
    });


    for (const [code, reason] of [[1000, ''], [4001, 'x'],
                                  [3999, 'é'.repeat(61)]])
    {
        await test(`rows 15, 16: close ${code} is echoed`, async () => {
            const client = await stack.connect('/sink');

            assert.deepEqual(await client.close(code, reason),
                             { code, reason });

            const { response } = await client.exchange('about a close',
                                                       asksAbout('CLOSE'));

            assert.deepEqual(response.body,
                             event('CLOSE', closePayload(code, reason)));
        });
    }


    await test('row 16: a close without code is answered', async () => {
        const client = await stack.connect('/sink');

        await client.close();

        const { request, response } = await client.exchange('about a close',
                                                            asksAbout('CLOSE'));

        assert.equal(request.body.toString(), 'CLOSE\r\n');
        assert.equal(response.body.toString(), 'CLOSE\r\n');
    });


    await test('row 16: rules know code and reason', async () => {
        const client = await stack.connect('/room?name=ann');
        const other = await stack.connect('/room?name=bob', { hears: 'room' });

        await client.close(4001, 'büro');
        assert.equal(await other.next(), 'ann: 4001 büro');
    });


    await test('row 16: a close payload of one byte counts as none',
               async () => {
        const { status, body } = await askEvents(stack.nginx.port, '/sink',
                                                 event('CLOSE', 'x'));

        assert.equal(status, 200);
        assert.equal(body.toString(), 'CLOSE\r\n');
    });


    await test('row 17: codes that must not be sent are not echoed',
               async () => {
        for (const code of [0, 1, 999, 1004, 1005, 1006, 1015, 2999, 5000,
                            65535])
        {
            const { status, body } = await askEvents(stack.nginx.port, '/sink',
                event('CLOSE', closePayload(code, 'why')));
            const [close, ...rest] = events(body);

            assert.equal(status, 200);
            assert.equal(close.type, 'CLOSE');
            assert.deepEqual(rest, []);

            if (close.content !== null) {
                assert.notEqual(close.content.readUInt16BE(0), code);
            }
        }
    });


    await test('row 15: a rule may answer a close with one of its own',
               async () => {
        const client = await stack.connect('/own-close');

        assert.deepEqual(await client.close(4001, 'x'),
                         { code: 4002, reason: 'mine' });

        const { response } = await client.exchange('about a close',
                                                   asksAbout('CLOSE'));

        assert.deepEqual(response.body,
                         event('CLOSE', closePayload(4002, 'mine')));
    });


    await test('row 18: a client that we close is closed, its answer answered',
               async () => {
        const client = await stack.connect('/talk');

        client.send('bye');
        assert.equal(await client.next(), 'so long');
        assert.deepEqual(await client.closed,
                         { code: 4002, reason: 'you too' });

        const { response } = await client.exchange('about a close',
                                                   asksAbout('CLOSE'));

        assert.equal(response.status, 200);
        assert.deepEqual(response.body,
                         event('CLOSE', closePayload(4002, 'you too')));
    });


    await test('row 18: close without a code is 1000', async () => {
        const client = await stack.connect('/talk');

        client.send('plain');
        assert.equal((await client.closed).code, 1000);
    });


    await test('a client may be accepted and closed at once', async () => {
        const client = await stack.connect('/talk?at=door');

        assert.equal(await client.next(), 'go away');
        assert.deepEqual(await client.closed, { code: 4001, reason: 'bye é' });
    });


    await test('no client stays by a reason that cannot be sent', async () => {
        const why = 'x'.repeat(122);

        for (const [sent, reason] of [[`${why}yz`, `${why}y`], [why, why]]) {
            const client = await stack.connect(`/talk?why=${sent}`);

            assert.deepEqual(await client.closed, { code: 4003, reason });
            assert.deepEqual(client.messages, []);
        }
    });


    await test('disconnect drops the client without a closing handshake',
               async () => {
        const client = await stack.connect('/talk');

        client.send('drop');
        assert.equal((await client.closed).code, 1006);
    });


    await test('row 15: a client closed by somebody who publishes is let go',
               async () => {
        const client = await stack.connect('/gone?name=out', { hears: 'gone' });

        await publish(stack.pushpin.control, {
            channel: 'gone',
            formats: { 'ws-message': { action: 'close', code: 4123,
                                       reason: 'out' } },
        });

        assert.deepEqual(await client.closed, { code: 4123, reason: 'out' });

        const { response } = await client.exchange('about a close',
                                                   asksAbout('CLOSE'));

        assert.equal(eventNames(response.body)[0], 'CLOSE');
    });


    await test('row 19: a client that vanished costs an empty answer',
               async () => {
        const client = await stack.connect('/sink');

        client.terminate();

        const { request, response } = await client.exchange('about its end',
            asksAbout('DISCONNECT'));

        assert.equal(request.body.toString(), 'DISCONNECT\r\n');
        assert.equal(response.status, 200);
        assert.equal(response.header('Content-Type'), MEDIA_TYPE);
        assert.equal(response.body.length, 0);
    });


    await test('row 19: rules hear of a client that vanished', async () => {
        const client = await stack.connect('/room?name=ann');
        const other = await stack.connect('/room?name=bob', { hears: 'room' });

        client.terminate();
        assert.equal(await other.next(), 'ann vanished');
    });


    await test('gone is both, close and disconnect', async () => {
        const watch = await stack.connect('/gone?name=w', { hears: 'gone' });
        const one = await stack.connect('/gone?name=1');
        const two = await stack.connect('/gone?name=2');

        await one.close(1000);
        assert.equal(await watch.next(), '1: close');
        two.terminate();
        assert.equal(await watch.next(), '2: disconnect');
    });


    await test('row 20: after a close no event of the batch runs', async () => {
        const client = await stack.connect('/talk');

        await stack.batch(client, 'first', () => {
            client.send('second');
            client.send('bye');
            client.send('third');
            client.ping('p');
        });

        assert.deepEqual([await client.next(), await client.next(),
                          await client.next()],
                         ['text first', 'text second', 'so long']);
        assert.equal((await client.closed).code, 4002);
        assert.deepEqual(client.messages, []);

        const { request, response } = await client.exchange('about the batch',
            (exchange) => /bye/.test(exchange.request.body));

        assert.match(request.body.toString(), /second[^]*bye[^]*third[^]*PING/);
        assert.deepEqual(eventNames(response.body).slice(0, 2),
                         ['TEXT m:text second', 'TEXT m:so long']);
        assert.equal(events(response.body).at(-1).type, 'CLOSE');
        assert.equal(events(response.body).length, 3);
    });


    await test('row 20: OPEN only ever comes first, CLOSE last',
               async () => {
        const answered = stack.wire.exchanges
            .filter(({ response }) => response !== null);

        assert.ok(answered.length > 20);

        for (const { request, response } of answered) {
            const types = events(response.body).map(({ type }) => type);
            const isOpen = request.body.toString() === 'OPEN\r\n';
            const close = types.findIndex((type) => {
                return type === 'CLOSE' || type === 'DISCONNECT';
            });

            assert.equal(types.lastIndexOf('OPEN'), isOpen ? 0 : -1);
            assert.ok(close < 0 || close === types.length - 1);
        }
    });
});
