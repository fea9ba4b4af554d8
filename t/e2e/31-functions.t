#!/usr/bin/env node
'use strict';

// Functions in PHP and JavaScript, called for the clients of a real Pushpin.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const { Php } = require('./lib/php');
const { freePort } = require('./lib/ports');
const { isSince } = require('./lib/pushpin');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');


const scripts = {

    'echo.php': `<?php
$body = file_get_contents('php://input');
header('Content-Type: ' . ($_SERVER['HTTP_GRIP_EVENT'] === 'binary'
                           ? 'application/octet-stream' : 'text/plain'));
echo $body;
`,

    'server.php': `<?php
$names = ['REQUEST_METHOD', 'REQUEST_URI', 'CONTENT_LENGTH', 'CONTENT_TYPE',
          'HTTP_GRIP_EVENT', 'HTTP_CONNECTION_ID', 'HTTP_COOKIE',
          'HTTP_GRIP_SIG', 'HTTP_META_SEEN'];
$seen = array_intersect_key($_SERVER, array_flip($names));
header('Content-Type: text/plain');
header('Set-Meta-Seen: ' . (1 + (int) ($_SERVER['HTTP_META_SEEN'] ?? 0)));
ksort($seen);
echo json_encode($seen + ['length' => strlen(file_get_contents('php://input'))]);
`,

    'slow.php': `<?php
$body = file_get_contents('php://input');
$go = __DIR__ . '/files/go';
while (!file_exists($go)) {
    usleep(10000);
    clearstatcache();
}
$seen = [$_SERVER['HTTP_CONNECTION_ID'], $_SERVER['HTTP_GRIP_EVENT'],
         $_SERVER['HTTP_META_A'], $_SERVER['WHOLE'], $body];
file_put_contents(__DIR__ . '/files/part', json_encode($seen));
rename(__DIR__ . '/files/part', __DIR__ . '/files/seen');
echo 'nobody reads it';
`,
};


// messages of 900,000 bytes in all

const sizes = {
    '/fn/one': [900000],
    '/fn/many': Array(30).fill(30000),
};


// A chat: a function of the JSON contract, as an HTTP server.

class Chat {

    constructor(port) {
        this.port = port;
        this.calls = [];
    }


    answer({ event, content, meta }) {
        const nick = meta.nick ?? 'anonymous';

        switch (event) {

        case 'open':
            return [{ subscribe: 'room' }, { send: 'welcome' }];

        case 'text':
            break;

        case 'close':
            return [{ publish: { channel: 'room',
                                 content: `${nick} has left` } }];

        default:
            return [];
        }

        const [, name] = /^\/nick (.+)$/.exec(content) ?? [];

        if (name) {
            return [{ set_meta: { nick: name } },
                    { send: `nickname set to [${name}]` }];
        }

        if (content === '/quit') {
            return [{ close: { code: 4000, reason: `bye ${nick}` } }];
        }

        return [{ publish: { channel: 'room', content: `${nick}: ${content}` } }];
    }


    async start() {
        this.server = http.createServer(async (request, response) => {
            const parts = [];

            for await (const part of request) {
                parts.push(part);
            }

            const told = JSON.parse(Buffer.concat(parts));

            this.calls.push(told);

            const actions = sizes[request.url]
                ? sizes[request.url].map((n) => ({ send: 'x'.repeat(n) }))
                : (told.events ?? [told]).flatMap((one) => {
                    return this.answer({ ...told, ...one });
                });

            response.end(JSON.stringify(actions));
        });

        await new Promise((resolve) => {
            this.server.listen(this.port, '127.0.0.1', resolve);
        });
    }


    async stop() {
        await new Promise((resolve) => {
            this.server.close(resolve);
            this.server.closeAllConnections();
        });
    }
}


suite(async ({ bench, test }) => {
    const php = new Php(scripts);
    const chat = new Chat(await freePort());

    await php.start();
    await chat.start();

    const stack = await bench.stack({
        batches: true,

        http: `
            upstream chat { server 127.0.0.1:${chat.port};  keepalive 8; }
        `,

        server: `
            location /echo   { grip_websocket;  grip_on message { call /php/echo.php; } }
            location /server { grip_websocket;  grip_on text    { call /php/server.php?a=b; } }

            location /slow {
                grip_websocket;
                grip_on open { set_meta a b; send $grip_connection_id; }
                grip_on text ~ ^slow { call /php/slow.php detached; }
                grip_on text { send "$grip_message"; }
            }

            location /chat   { grip_websocket;  grip_on any { call /fn as=json; } }
            location /batch  { grip_websocket;  grip_on any { call /fn as=json; }
                               grip_call_batch on; }

            location /one    { grip_websocket;  grip_on text { call /fn/one as=json; } }
            location /many   { grip_websocket;  grip_on text { call /fn/many as=json; } }
            location /off    { grip_websocket;  grip_on text { call /fn/one as=json; }
                               grip_max_send_size off; }

            location /patient {
                grip_websocket;
                grip_on open { subscribe room; }
                grip_on any  { call /fn as=json on_error=ignore; }
            }

            location /php/ {
                internal;
                root ${php.folder};
                fastcgi_param SCRIPT_FILENAME $document_root$uri;
                fastcgi_param REQUEST_METHOD  $request_method;
                fastcgi_param REQUEST_URI     $request_uri;
                fastcgi_param CONTENT_TYPE    $content_type;
                fastcgi_param CONTENT_LENGTH  $content_length;
                fastcgi_param WHOLE           $grip_message;
                rewrite ^/php(/.*)$ $1 break;
                fastcgi_pass unix:${php.socket};
            }

            location /fn {
                internal;
                proxy_pass http://chat;
                proxy_http_version 1.1;
                proxy_set_header Connection "";
            }
        `,
    });


    await test('messages of all kinds come back from PHP', async () => {
        const client = await stack.connect('/echo');

        for (const text of ['hello', '', 'h\u00e4 \u{1f600}\r\n\0',
                            'x'.repeat(20000)])
        {
            client.send(text);
            // an empty answer is no message
            if (text !== '') {
                assert.equal(await client.next(), text);
            }
        }

        const bytes = Buffer.from([0, 255, 13, 10, 128]);

        client.send(bytes);
        assert.deepEqual(await client.next(), bytes);
        await client.close(1000);
    });


    await test('PHP sees a request of its own for each message', async () => {
        const client = await stack.connect('/server',
                                           { headers: { cookie: 'a=1' } });
        const seen = [];

        for (const text of ['one', 'and two', '']) {
            client.send(text);
            seen.push(JSON.parse(await client.next()));
        }

        const [first] = seen;

        assert.deepEqual(first, {
            CONTENT_LENGTH: '3',
            CONTENT_TYPE: 'text/plain; charset=utf-8',
            HTTP_CONNECTION_ID: first.HTTP_CONNECTION_ID,
            HTTP_COOKIE: 'a=1',
            HTTP_GRIP_EVENT: 'text',
            REQUEST_METHOD: 'POST',
            REQUEST_URI: '/php/server.php?a=b',
            length: 3,
        });

        assert.match(first.HTTP_CONNECTION_ID, /./);
        assert.deepEqual(seen.map((one) => one.length), [3, 7, 0]);
        assert.deepEqual(seen.map((one) => one.CONTENT_LENGTH),
                         ['3', '7', '0']);
        assert.deepEqual(seen.map((one) => one.HTTP_META_SEEN),
                         [undefined, '1', '2']);
    });


    await test('PHP works on when its client is gone', async () => {
        const client = await stack.connect('/slow');
        const id = await client.next();
        const files = path.join(php.folder, 'files');

        client.send('slow \u{1f600}');
        client.send('next');
        assert.equal(await client.next(), 'next');

        client.terminate();
        await client.exchange('about the end', ({ request }) => {
            return /^DISCONNECT/.test(request.body);
        });

        assert.ok(!fs.existsSync(path.join(files, 'seen')));
        fs.writeFileSync(path.join(files, 'go'), '');
        await until('it is done', () => {
            return fs.existsSync(path.join(files, 'seen'));
        });

        assert.deepEqual(
            JSON.parse(fs.readFileSync(path.join(files, 'seen'), 'utf8')),
            [id, 'text', 'b', 'slow \u{1f600}', 'slow \u{1f600}']);
    });


    await test('a chat in JavaScript', async () => {
        const ann = await stack.connect('/chat', { hears: 'room' });
        const bob = await stack.connect('/chat', { hears: 'room' });

        assert.equal(await ann.next(), 'welcome');
        assert.equal(await bob.next(), 'welcome');

        ann.send('hello');
        assert.equal(await ann.next(), 'anonymous: hello');
        assert.equal(await bob.next(), 'anonymous: hello');

        bob.send('/nick bob');
        assert.equal(await bob.next(), 'nickname set to [bob]');
        bob.send('it is "me"\n');
        assert.equal(await ann.next(), 'bob: it is "me"\n');
        assert.equal(await bob.next(), 'bob: it is "me"\n');

        bob.send('/quit');
        assert.deepEqual(await bob.closed, { code: 4000, reason: 'bye bob' });
        assert.equal(await ann.next(), 'bob has left');
        await ann.close(1000);
    });


    await test('a function that is gone closes who needs it, and only those',
               async () => {
        const ann = await stack.connect('/patient', { hears: 'room' });
        const bob = await stack.connect('/chat', { hears: 'room' });

        ann.send('before');
        assert.equal(await bob.next(), 'welcome');
        assert.equal(await bob.next(), 'anonymous: before');
        assert.equal(await ann.next(), 'anonymous: before');

        await chat.stop();

        ann.send('lost');
        ann.send('lost, too');
        await ann.exchange('about both',
                           ({ request }) => /too/.test(request.body));

        bob.send('lost');
        assert.deepEqual(await bob.closed,
                         { code: 1011, reason: 'function failed' });
        await bob.exchange('about the end',
                           ({ request }) => /^CLOSE/.test(request.body));

        assert.equal((await stack.refused('/chat')).status, 502);

        await chat.start();

        // nginx tries a server that failed again after ten seconds, unless it
        // is the only one

        ann.send('after');
        assert.equal(await ann.next(), 'anonymous: after');
        assert.equal(ann.gone, undefined);

        const next = await stack.connect('/chat', { hears: 'room' });

        assert.equal(await next.next(), 'welcome');
        await next.close(1000);
        await ann.close(1000);
    });


    // Messages sent while the wire is held come in one request.

    async function hundred(client) {
        await stack.batch(client, 'wait', () => {
            chat.calls.length = 0;

            for (let i = 0; i < 100; i++) {
                client.send(`${i}`);
            }
        });

        for (const text of ['welcome', 'anonymous: wait']) {
            assert.equal(await client.next(), text);
        }

        for (let i = 0; i < 100; i++) {
            assert.equal(await client.next(), `anonymous: ${i}`);
        }
    }


    await test('a hundred events in a request, a call for each', async () => {
        const client = await stack.connect('/chat', { hears: 'room' });

        await hundred(client);

        const texts = chat.calls.filter(({ event }) => event === 'text');

        assert.equal(texts.length, 100);
        await client.close(1000);
    });


    await test('a hundred events in a request, and one call', async () => {
        const client = await stack.connect('/batch', { hears: 'room' });

        await hundred(client);

        assert.equal(chat.calls.length, 1);
        assert.equal(chat.calls.flatMap(({ events }) => events).length, 100);
        await client.close(1000);
    });


    await test('an answer of 900,000 bytes arrives in messages that the proxy '
               + 'takes', async () => {
        const client = await stack.connect('/many');

        client.send('go');

        for (let i = 0; i < 30; i++) {
            assert.equal(await client.next(), 'x'.repeat(30000));
        }

        client.send('again');
        assert.equal((await client.next()).length, 30000);
        await client.close(1000);
    });


    await test('a message of 900,000 bytes would stall the proxy and is not '
               + 'sent, unless nothing forbids it', async () => {
        const client = await stack.connect('/one');
        const refused = () => /"send" refused: 900002 bytes exceed "grip_max/
            .test(stack.nginx.log);

        assert.ok(!refused());
        client.send('go');

        // a newer proxy announces that it does not stall
        if (isSince('1.41')) {
            assert.equal((await client.next()).length, 900000);
            return;
        }

        await until('it is refused', refused);

        assert.equal((await client.closed).code, 1009);
        assert.deepEqual(client.messages, []);

        const daring = await stack.connect('/off');

        daring.send('go');

        const { response } = await daring.exchange('about it',
            ({ request }) => /go/.test(request.body));

        assert.equal(response.status, 200);
        assert.equal(response.body.length, 900000 + 'TEXT dbba2\r\nm:\r\n'.length);
    });


    await php.stop();
    await chat.stop();
    php.remove();
});
