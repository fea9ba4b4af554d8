#!/usr/bin/env node
'use strict';

// grip_control beside the control API of Pushpin itself, and the libraries
// that are given its address.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');

const { canHold, get, settle, Stream } = require('./lib/http');
const { root } = require('./lib/nginx');
const { ask } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { isSince } = require('./lib/pushpin');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');


// Lines of an answer, a tab and a body.

function corpus(name) {
    return fs.readFileSync(path.join(root, 't/corpus/items', name), 'utf8')
        .split('\n').filter((line) => line !== '')
        .map((line) => line.split('\t'));
}


suite(async ({ bench, test }) => {
    const own = await freePort();

    const stack = await bench.stack({
        http: `
            server {
                listen 127.0.0.1:${own};

                location /open/ { grip_control; }

                location /keys/ {
                    grip_control;
                    grip_control_key changeit iss=backend;
                }
            }
        `,

        server: `
            location /ws {
                grip_websocket;
                grip_on open { subscribe $arg_room; }
            }

            location /stream {
                grip_hold      stream;
                grip_channel   $arg_room;
                grip_hold_body "";
            }

            location /poll {
                grip_hold      response timeout=20s;
                grip_channel   $arg_room;
                grip_hold_body "no news\\n";
            }
        `,
    });

    const { pushpin, control } = stack;
    const heard = (channel) => pushpin.subscriptions(channel);


    function post(port, target, body, headers = {}) {
        return ask(port, { target, body, headers: {
            'Content-Type': 'application/json', ...headers } });
    }


    // A WebSocket, a stream and a long-poll.

    async function everyone(room) {
        await settle(pushpin, `/poll?room=${room}`, room);

        const before = heard(room);
        const socket = await stack.connect(`/ws?room=${room}`);
        const stream = await Stream.open(pushpin.port, `/stream?room=${room}`);
        const poll = get(pushpin.port, `/poll?room=${room}`);

        await until('all are heard', () => heard(room) === before + 3);

        return { socket, stream, poll };
    }


    await canHold(pushpin.port, '/stream?room=ready');


    await test('it answers as Pushpin does', async () => {
        for (const [expected, body] of corpus('pushpin')) {
            for (const [port, target] of [[pushpin.control, '/publish/'],
                                          [own, '/open/publish/']])
            {
                const response = await post(port, target, body);

                assert.equal(response.body.toString(), `${expected}\n`, body);
                assert.equal(response.status,
                             expected === 'Published' ? 200 : 400);
                assert.equal(response.header('Content-Type'), 'text/plain');
            }
        }
    });


    await test('where it does not, it refuses what Pushpin would send, or '
               + 'tells more', async () => {
        for (const [expected, body] of corpus('ours')) {
            const ours = await post(own, '/open/publish/', body);
            const theirs = await post(pushpin.control, '/publish/', body);

            // an older Pushpin knows no "refresh"
            if (body.includes('"refresh"') && isSince('1.38')) {
                assert.equal(ours.status, 200);
                assert.equal(theirs.status, 200);
                continue;
            }

            if (expected !== 'Published') {
                assert.equal(ours.body.toString(), `${expected}\n`);
                assert.equal(ours.status, 400);
            }

            assert.notEqual(theirs.body.toString(), `${expected}\n`, body);
        }
    });


    await test('all that is JSON reaches clients', async () => {
        const { socket, stream, poll } = await everyone('json');

        const response = await post(own, '/open/publish/', '\ufeff'
            + '{"items":[{"channel":"json","formats":{'
            + '"ws-message":{"content":"a\\ud83db"},'
            + '"http-stream":{"content":"\\ude00\\ud83d\\ude00"},'
            + '"http-response":{"code":2e2,"body":"\\udbff"}},'
            + '"x":[1e999,-1e999,1e-999,18446744073709551616,-0,1.50,'
            + `${'9'.repeat(400)}],"\\u0000Foo\\u0000bar":1}]}`);

        assert.equal(response.body.toString(), 'Published\n');

        assert.equal(await socket.next(), 'a\ufffdb');
        await stream.is('\ufffd\u{1f600}');
        assert.equal((await poll).body, '\ufffd');
        stream.terminate();
    });


    await test('a name that Pushpin takes for another one is refused',
               async () => {
        const socket = await stack.connect('/ws?room=marked',
                                           { hears: 'marked' });
        const body = (content) => '{"items":[{"channel":"else","\ufeffchannel":'
            + `"marked","ws-message":{"content":"${content}"}}]}`;

        const response = await post(own, '/open/publish/', body('ours'));

        await post(pushpin.control, '/publish/', body('theirs'));

        // newer versions may read it otherwise
        if (!isSince('1.41')) {
            assert.equal(await socket.next(), 'theirs');
        }

        assert.equal(response.status, 400);
        assert.match(`${response.body}`, /begins with a byte order mark/);
    });


    await test('paths, methods and types of answers are those of Pushpin',
               async () => {
        const empty = '{"items":[]}';

        for (const [method, target, status, headers = {}] of [
            ['POST', 'publish', 200],
            ['POST', 'publish/', 200],
            ['POST', 'publish/?x=1', 404],
            ['POST', 'publish/x', 404],
            ['GET', 'publish/', 405],
            ['PUT', 'publish/', 405],
            ['POST', 'publish/', 200, { Accept: 'application/json' }],
            ['POST', 'publish/', 200, { Accept: '*/*' }],
        ]) {
            for (const [port, prefix] of [[pushpin.control, '/'],
                                          [own, '/open/']])
            {
                const response = await ask(port, {
                    method, target: prefix + target, body: empty, headers,
                });

                assert.equal(response.status, status, `${method} ${target}`);
                assert.equal(response.header('Allow'),
                             status === 405 ? 'POST' : undefined);

                if (status === 200) {
                    assert.equal(response.body.toString(),
                                 headers.Accept === 'application/json'
                                     ? '{"message":"Published"}\n'
                                     : 'Published\n');
                }
            }
        }
    });


    await test('all actions and formats arrive', async () => {
        const { socket, stream, poll } = await everyone('actions');
        const send = (formats) => post(own, '/open/publish/', JSON.stringify({
            items: [{ channel: 'actions', formats }] }));

        await send({ 'ws-message': { content: 'text' },
                     'http-stream': { content: 'text\n' },
                     'http-response': { code: 201, reason: 'Made',
                                        headers: { 'X-One': '1' },
                                        body: 'text' } });
        assert.equal(await socket.next(), 'text');
        await stream.is('text\n');

        const answer = await poll;

        assert.deepEqual([answer.status, answer.reason, answer.body],
                         [201, 'Made', 'text']);
        assert.equal(answer.headers['x-one'], '1');

        await send({ 'ws-message': { 'content-bin': 'AP8=' },
                     'http-stream': { 'content-bin': 'Ynll' } });
        assert.deepEqual(await socket.next(), Buffer.from([0, 255]));
        await stream.is('text\nbye');

        await send({ 'ws-message': { type: 'ping' } });
        assert.equal(await socket.nextPing(), '');

        await send({ 'ws-message': { action: 'close', code: 4123,
                                     reason: 'enough' },
                     'http-stream': { action: 'close' } });
        assert.deepEqual(await socket.closed, { code: 4123, reason: 'enough' });
        assert.equal(await stream.ended, 'end');
    });


    if (isSince('1.38')) {
        await test('"refresh" has the proxy ask nginx at once', async () => {
            const client = await stack.connect('/ws?room=fresh');
            const before = client.exchanges.length;

            await until('it is subscribed', () => heard('fresh') > 0);
            assert.equal((await post(own, '/open/publish/', JSON.stringify({
                items: [{ channel: 'fresh',
                          formats: { 'ws-message': { action: 'refresh' } } }],
            }))).status, 200);

            const { request, response } = await client.exchange('once more',
                (exchange) => client.exchanges.indexOf(exchange) >= before);

            assert.equal(request.body.length, 0);
            assert.equal(response.status, 200);
        });
    }


    await test('items that are posted together leave together', async () => {
        const from = control.exchanges.length;
        const items = Array.from({ length: 50 }, (_, i) => ({
            channel: `many-${i}`, formats: { 'ws-message': { content: 'x' } },
        }));

        assert.equal((await post(own, '/open/publish/',
                                 JSON.stringify({ items }))).status, 200);

        const posts = control.exchanges.slice(from);

        assert.equal(posts.length, 1);
        assert.deepEqual(JSON.parse(posts[0].request.body), { items });
    });


    for (const [name, url] of [
        ['open', `http://127.0.0.1:${own}/open/`],
        ['keys', `http://127.0.0.1:${own}/keys?iss=backend&key=changeit`],
    ]) {
        await test(`the package @fanoutio/grip publishes there (${name})`,
                   async () => {
            const { HttpResponseFormat, HttpStreamFormat, Publisher,
                    WebSocketMessageFormat } = await import('@fanoutio/grip');
            const { socket, stream, poll } = await everyone(`js-${name}`);

            await new Publisher(url).publishFormats(`js-${name}`, [
                new WebSocketMessageFormat('hello'),
                new HttpStreamFormat('hello\n'),
                new HttpResponseFormat({ body: 'hello' }),
            ], '2', '1');

            assert.equal(await socket.next(), 'hello');
            await stream.is('hello\n');
            assert.equal((await poll).body, 'hello');
            stream.terminate();
        });


        await test(`the package faas-grip publishes there (${name})`,
                   async () => {
            const { socket, stream } = await everyone(`faas-${name}`);

            process.env.GRIP_URL = url;

            for (const module of Object.keys(require.cache)) {
                if (module.includes('/faas-grip/')) {
                    delete require.cache[module];
                }
            }

            const grip = require('grip');

            await require('faas-grip').publish(`faas-${name}`, [
                new grip.WebSocketMessageFormat('hello'),
                new grip.HttpStreamFormat('hello\n'),
            ]);

            assert.equal(await socket.next(), 'hello');
            await stream.is('hello\n');
            stream.terminate();
        });
    }


    await test('with keys the libraries are refused without one, and with '
               + 'another', async () => {
        const { Publisher } = await import('@fanoutio/grip');

        for (const query of ['', '?iss=backend&key=other',
                             '?iss=frontend&key=changeit', '?key=changeit'])
        {
            const publisher = new Publisher(
                `http://127.0.0.1:${own}/keys/${query}`);

            await assert.rejects(publisher.publishHttpStream('x', 'x'), query);
        }

        await stack.nginx.logged(/refused a request: signature mismatch/);
    });


    await test('it is 502 or 504 when nobody has taken the items', async () => {
        control.loseAnswer();

        const response = await post(own, '/open/publish/', JSON.stringify({
            items: [{ channel: 'lost', formats: { x: 1 } }] }));

        assert.equal(response.status, 502);
        await stack.nginx.logged(/\[error\].*grip/);
    });
});
