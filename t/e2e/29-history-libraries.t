#!/usr/bin/env node
'use strict';

// Backends that publish by a library, to a grip_control location with a
// history: what they say has numbers of the history, whatever ids they give it,
// and each kind of client hears it once, in order.

const assert = require('node:assert/strict');

const { canHold, get, Stream } = require('./lib/http');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');


// publish(channel, text, ids) of each package; ids are those of the publisher

async function libraries(url) {
    const fanout = await import('@fanoutio/grip');
    const publisher = new fanout.Publisher(url);

    process.env.GRIP_URL = url;

    const faas = require('faas-grip');
    const grip = require('grip');

    const formats = (from, text) => [
        new from.WebSocketMessageFormat(text),
        new from.HttpStreamFormat(`event: chat\ndata: ${text}\n\n`),
        new from.HttpResponseFormat({ body: text }),
    ];

    return {
        '@fanoutio/grip': (channel, text, ids = []) => {
            return publisher.publishFormats(channel, formats(fanout, text),
                                            ...ids);
        },

        'faas-grip': (channel, text, ids = []) => {
            return faas.publish(channel, formats(grip, text), ...ids);
        },
    };
}


suite(async ({ bench, test }) => {
    const own = await freePort();

    const { nginx, pushpin, control, connect } = await bench.stack({
        // one that has not sent an item sends it again
        workers: 1,

        http: `
            grip_history_zone news:1m;

            server {
                listen 127.0.0.1:${own};

                location /grip/ {
                    grip_control;
                    grip_control_key changeit iss=backend;
                    grip_history     news;
                }
            }
        `,

        server: `
            grip_history news;

            location /ws {
                grip_websocket;
                grip_on open { subscribe $arg_room; }
            }

            location /events {
                grip_hold      sse;
                grip_channel   $arg_room;
                grip_hold_body "";
            }

            location /poll {
                grip_hold         response timeout=20s;
                grip_channel      $arg_room;
                grip_history_from $arg_after;
                grip_hold_body    "";
            }
        `,
    });

    const all = await libraries(
        `http://127.0.0.1:${own}/grip/?iss=backend&key=changeit`);


    // The items of a channel that the proxy was sent.

    const items = (name) => control.exchanges
        .flatMap(({ request }) => JSON.parse(request.body).items)
        .filter(({ channel, id }) => channel === name && id);

    const events = ({ text }) => {
        const found = text.matchAll(/^id: (.*)\nevent: chat\ndata: (.*)\n\n/mg);

        return [...found].map(([, id, data]) => ({ id, data }));
    };

    const number = (n) => n.toString(16).padStart(16, '0');


    // A client of each kind, of which the stream and the poll come and go.

    class Clients {

        async connect(room) {
            this.room = room;
            this.heard = [];
            this.polled = [];
            this.after = '';
            this.socket = await connect(`/ws?room=${room}`, { hears: room });
            await this.listen();
        }


        async listen() {
            const { room } = this;
            const before = pushpin.subscriptions(room);
            const last = this.heard.at(-1)?.id;

            this.stream = await Stream.open(pushpin.port,
                `/events?room=${room}`,
                { headers: last ? { 'Last-Event-ID': last } : {} });
            this.listening = true;
            this.polls = this.poll();

            // a test that has failed waits for nothing any more
            this.polls.catch(() => {});

            // a poll that is behind is answered at once

            await until('all listen', () => {
                return pushpin.subscriptions(room)
                       >= before + (this.after ? 1 : 2);
            });
        }


        async poll() {
            while (this.listening) {
                const { status, headers, body } = await get(pushpin.port,
                    `/poll?room=${this.room}&after=${this.after}`);

                assert.equal(status, 200);
                this.polled.push(...body.split('\n').filter(Boolean));
                this.after = headers['last-event-id'];
            }
        }


        async hear(texts) {
            await until('all is heard', () => {
                return this.heard.length + events(this.stream).length
                       >= texts.length
                       && this.polled.length >= texts.length
                       && this.socket.messages.length >= texts.length;
            });

            const heard = [...this.heard, ...events(this.stream)];

            assert.deepEqual(heard.map(({ data }) => data), texts);
            assert.deepEqual(this.polled, texts);
            assert.deepEqual(this.socket.messages, texts);
        }


        // Resolves when the next item has ended the last poll.

        async leave(last) {
            this.listening = false;
            await last();
            await this.polls;
            await until('the stream has it', () => {
                return events(this.stream).at(-1)?.data === this.polled.at(-1);
            });
            this.stream.terminate();
            this.heard.push(...events(this.stream));
        }
    }


    await canHold(pushpin.port, '/events?room=ready');


    for (const [name, publish] of Object.entries(all)) {
        const room = name.replace(/\W/g, '');

        await test(`what ${name} publishes is numbered, kept, and heard by `
                   + 'each client once', async () => {
            const clients = new Clients();

            await clients.connect(room);
            await publish(room, 'one');
            await clients.hear(['one']);
            await clients.leave(() => publish(room, 'two', ['b', 'a']));

            // without ids, and with ids that are none of the history's

            await publish(room, 'three', ['b', 'a']);
            await publish(room, 'four');

            await clients.listen();
            await clients.hear(['one', 'two', 'three', 'four']);
            await publish(room, 'five', ['4', '3']);
            await clients.hear(['one', 'two', 'three', 'four', 'five']);

            items(room).forEach((item, i, list) => {
                const [, n] = item.id.split('-');

                assert.equal(n, number(i + 1));
                assert.equal(item['prev-id'].split('-')[1], number(i));
                assert.ok(i === 0 || item['prev-id'] === list[i - 1].id);

                // one of the packages has formats beside the rest

                const { headers } = (item.formats ?? item)['http-response'];

                assert.equal(headers['Last-Event-ID'], item.id);
            });

            const heard = [...clients.heard, ...events(clients.stream)];

            assert.deepEqual(heard.map(({ id }) => id),
                             items(room).map(({ id }) => id));
            await clients.leave(() => publish(room, 'end'));
        });


        await test(`${name} is told what was not delivered, and it comes once, `
                   + 'with the next item', async () => {
            const clients = new Clients();

            await clients.connect(`${room}-lost`);
            await publish(clients.room, 'one');
            await clients.hear(['one']);

            // the proxy has got it, and its answer is lost

            control.loseAnswer();
            await assert.rejects(publish(clients.room, 'two', ['2', '1']));
            await publish(clients.room, 'three', ['3', '2']);
            await clients.hear(['one', 'two', 'three']);

            const [first, second, ...more] = items(clients.room)
                .map(({ id }) => id);

            assert.equal(more[0], second);
            assert.ok(first < second && second < more[1]);
            await clients.leave(() => publish(clients.room, 'end'));
        });
    }


    await test('that ids were replaced is said once', () => {
        assert.equal(nginx.log.match(/grip: ids of history/g)
            .length, 1);
    });
});
