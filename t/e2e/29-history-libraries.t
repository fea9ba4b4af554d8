#!/usr/bin/env node
'use strict';

// Backends that publish by a library, to a grip_control location with a
// history: what they say has numbers of the history, whatever ids they give it,
// and each kind of client hears it once, in order.  And those that hold by a
// library, behind a hold of nginx.

const assert = require('node:assert/strict');
const http = require('node:http');

const { canHold, get, Stream } = require('./lib/http');
const { ask } = require('./lib/origin');
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


// A backend: three that hold by themselves, or say something of it.

async function startBackend(port) {
    const { GripInstruct } = await import('@fanoutio/grip');
    const grip = require('grip');
    const instruct = new GripInstruct('theirs');

    instruct.setHoldStream();

    const type = { 'Content-Type': 'text/event-stream' };
    const body = 'data: state\n\n';

    const answers = {
        '/backend/headers': [instruct.toHeaders(type), body],

        '/backend/body': [{ 'Content-Type': 'application/grip-instruct' },
                          grip.createHoldStream('theirs', new grip.Response({
                              headers: type, body }))],

        '/backend/meta': [{ 'Grip-Set-Meta': 'user="ann"', ...type }, body],
    };

    const server = http.createServer(({ url }, response) => {
        const [headers, content] = answers[url];

        response.writeHead(200, headers).end(content);
    });

    await new Promise((resolve) => {
        server.listen(port, '127.0.0.1', resolve);
    });

    return server;
}


suite(async ({ bench, test }) => {
    const own = await freePort();
    const behind = await freePort();
    const backend = await startBackend(behind);

    const { nginx, pushpin, control, connect } = await bench.stack({
        // one that has not sent an item sends it again
        workers: 1,

        http: `
            grip_history_zone news:1m;

            server {
                listen 127.0.0.1:${own};

                location = /publish {
                    grip_publish      backend;
                    grip_publish_meta sender $arg_who;
                    grip_history      news;
                }

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

            location /backend/ {
                grip_hold        sse;
                grip_channel     backend filter=skip-self;
                grip_filter_meta user $arg_user;
                proxy_pass       http://127.0.0.1:${behind};
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

            // A hold from before an item, which comes after it, makes the proxy
            // forget that it has had the item: the poll is there before, and
            // the link that it asks for a second after the stream.

            await until('the poll waits', () => {
                return pushpin.subscriptions(clients.room) === 4;
            });
            await until('the link is followed', () => {
                return pushpin.followed(clients.room) > 0;
            });

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


    for (const style of ['headers', 'body']) {
        await test(`a backend that holds by the ${style} of its answer has the `
                   + 'hold that it wants', async () => {
            const before = pushpin.subscriptions('theirs');
            const stream = await Stream.open(pushpin.port, `/backend/${style}`);

            await until('it listens', () => {
                return pushpin.subscriptions('theirs') > before;
            });
            await all['@fanoutio/grip']('theirs', style);
            await until('it hears', () => events(stream).length > 0);
            assert.match(stream.text, /^data: state\n\nid: .*\nevent: chat\n/);
            assert.equal(events(stream)[0].data, style);
            assert.equal(events(stream).length, 1);
            assert.equal(pushpin.subscriptions('backend'), 0);
            stream.terminate();
        });
    }


    await test('a backend that says who listens is heard, now and later',
               async () => {
        const stream = await Stream.open(pushpin.port, '/backend/meta');

        await until('it listens', () => pushpin.subscriptions('backend') > 0);

        // a second later the proxy asks for links, and for this again

        const canceled = pushpin.canceled();

        get(pushpin.port, '/poll?room=backend').catch(() => {});
        await until('it has asked', () => {
            return pushpin.retries('backend') > 0
                   || pushpin.canceled() > canceled;
        });

        for (const sender of ['ann', 'bob']) {
            const { status } = await ask(own, {
                target: `/publish?who=${sender}`, body: `by ${sender}`,
                headers: { 'Content-Type': 'text/plain' },
            });

            assert.equal(status, 200);
        }

        await until('it hears', () => stream.text.includes('data: by'));
        assert.match(stream.text,
                     /^:\n\ndata: state\n\nid: .*\ndata: by bob\n\n$/);
        stream.terminate();
    });


    backend.close();
    backend.closeAllConnections();


    await test('that ids were replaced is said once', () => {
        assert.equal(nginx.log.match(/grip: ids of history/g)
            .length, 1);
    });
});
