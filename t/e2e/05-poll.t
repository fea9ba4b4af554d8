#!/usr/bin/env node
'use strict';

const assert = require('node:assert/strict');

const { eventNames } = require('./lib/events');
const { MEDIA_TYPE } = require('./lib/origin');
const { suite } = require('./lib/suite');


suite(async ({ bench, test }) => {
    const stack = await bench.stack({
        server: `
            location /polled {
                grip_websocket;
                grip_poll_interval 20s;

                grip_on poll { send "tick $grip_meta_n"; set_meta n 1; }
            }

            location /alone {
                grip_websocket;

                grip_on poll { send tick; }
                grip_on any  { send $grip_event; }
            }
        `,
    });

    const polled = await stack.connect('/polled');
    const closing = await stack.connect('/polled');
    const alone = await stack.connect('/alone');


    await test('row 22: polls are asked for in the answer to OPEN, if at all',
               async () => {
        const asked = await polled.exchange('to open');
        const none = await alone.exchange('to open');

        assert.equal(asked.response.header('Keep-Alive-Interval'), '20');
        assert.equal(none.response.header('Keep-Alive-Interval'), undefined);
        assert.ok(!('keep-alive-interval' in polled.handshake.headers));
    });


    await closing.close(4001, 'x');


    await test('row 21: a poll is an event that may be answered', async () => {
        assert.equal(await polled.next(25000), 'tick ');

        const { request, response } = polled.exchanges[1];

        assert.equal(request.body.length, 0);
        assert.equal(response.status, 200);
        assert.equal(response.header('Content-Type'), MEDIA_TYPE);
        assert.deepEqual(eventNames(response.body), ['TEXT m:tick ']);
        assert.equal(response.header('Set-Meta-n'), '1');
    });


    await test('row 15: an echoed close is not asked about again by polls',
               async () => {
        const abouts = closing.exchanges.map(({ request }) => {
            return request.body.toString('latin1').split(' ')[0];
        });

        assert.deepEqual(abouts, ['OPEN\r\n', 'CLOSE']);
    });


    await test('without grip_poll_interval nobody polls', async () => {
        assert.equal(alone.exchanges.length, 1);
    });
});
