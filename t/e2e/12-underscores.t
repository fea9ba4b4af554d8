#!/usr/bin/env node
'use strict';

// With "underscores_in_headers on" a client's Meta_User reaches nginx, as the
// proxy keeps only Meta-User from it.  To PHP both are HTTP_META_USER.

const assert = require('node:assert/strict');

const { get } = require('./lib/http');
const { Php } = require('./lib/php');
const { suite } = require('./lib/suite');

const scripts = {

    'plain.php': `<?php
header('Set-Meta-user_id: 7');
echo json_encode(array_filter($_SERVER, function ($name) {
    return strncmp($name, 'HTTP_', 5) === 0;
}, ARRAY_FILTER_USE_KEY));
`,

    'json.php': `<?php
$told = json_decode(file_get_contents('php://input'), true);
unset($told['content']);
echo json_encode([['send' => json_encode($told)]]);
`,

    // each event is answered by the headers, OPEN by being let in

    'lambda.php': `<?php
$told = json_decode(file_get_contents('php://input'), true);
$text = 'm:' . json_encode($told['headers']);
$events = $told['isBase64Encoded'];
$open = $events && strncmp(base64_decode($told['body']), 'OPEN', 4) === 0;
echo json_encode([
    'statusCode' => 200,
    'headers' => $events ? ['Content-Type' => 'application/websocket-events',
                            'Sec-WebSocket-Extensions' => 'grip',
                            'Set-Meta-user_id' => '7'] : (object) [],
    'body' => !$events ? $text
              : ($open ? "OPEN\\r\\n"
                       : sprintf("TEXT %x\\r\\n%s\\r\\n", strlen($text), $text)),
]);
`,
};

const headers = {
    Meta_User: 'root', 'META_User-Id': '1', Grip_Event: 'open',
    Grip_Close_Code: '1', 'Grip-Close_Code': '1', Connection_Id: 'forged',
    'Connection_id': 'forged', Grip_Sig: 'forged', 'Grip-sig_': 'forged',
    Grip_Feature: 'forged', Sec_WebSocket_Extensions: 'forged',
    Content_Type: 'forged', Content_Length: '1', Content_Encoding: 'forged',
    Transfer_Encoding: 'forged', Keep_Alive: 'forged', Accept_Encoding: 'x',
    My_Own: 'mine',
};

// what clients do not say, in any spelling; the type of a body is theirs

const PROXYS = /^(meta|grip|connection|keep|transfer)/i;
const FORBIDDEN = /^(meta|grip|connection|keep|transfer|content|sec.web.+ext)/i;


suite(async ({ bench, test }) => {
    const php = new Php(scripts);

    await php.start();

    const stack = await bench.stack({
        http: 'underscores_in_headers on;',

        server: `
            location /plain  { grip_websocket;  grip_on text { call /php/plain.php; } }
            location /json   { grip_websocket;  grip_on text { call /php/json.php as=json; } }
            location /lambda { grip_lambda /php/lambda.php; }

            location /php/ {
                internal;
                root ${php.folder};
                fastcgi_param SCRIPT_FILENAME $document_root$uri;
                fastcgi_param REQUEST_METHOD  $request_method;
                fastcgi_param CONTENT_TYPE    $content_type;
                fastcgi_param CONTENT_LENGTH  $content_length;
                rewrite ^/php(/.*)$ $1 break;
                fastcgi_pass unix:${php.socket};
            }
        `,
    });


    // what the function is told, of the second message, with a meta by then

    async function told(target) {
        const client = await stack.connect(target, { headers });
        const { request } = await client.exchange('to open');

        // nothing to see if the proxy keeps them
        assert.equal(request.header('Meta_User'), 'root');

        client.send('x');
        await client.next();
        client.send('x');

        const seen = JSON.parse(await client.next());

        await client.close(1000);

        return { id: request.header('Connection-Id'), ...seen };
    }


    await test('PHP gets no header that only the proxy writes', async () => {
        const { id, ...seen } = await told('/plain');

        assert.equal(seen.HTTP_CONNECTION_ID, id);
        assert.equal(seen.HTTP_GRIP_EVENT, 'text');
        assert.equal(seen.HTTP_META_USER_ID, '7');
        assert.equal(seen.HTTP_MY_OWN, 'mine');

        for (const name of ['CONNECTION_ID', 'GRIP_EVENT', 'META_USER_ID']) {
            delete seen[`HTTP_${name}`];
        }

        // those of the call

        const own = { HTTP_CONTENT_LENGTH: /^1$/,
                      HTTP_CONTENT_TYPE: /^text\/plain; charset=utf-8$/ };

        assert.deepEqual(Object.entries(seen).filter(([name, value]) => {
            return FORBIDDEN.test(name.slice(5)) && !own[name]?.test(value);
        }), []);
    });


    await test('nor does a JSON function', async () => {
        const client = await stack.connect('/json', { headers });

        client.send('x');

        const { headers: seen, meta } = JSON.parse(await client.next());

        assert.deepEqual(Object.keys(meta), []);
        assert.equal(seen.my_own, 'mine');
        assert.deepEqual(Object.keys(seen).filter((name) => {
            return FORBIDDEN.test(name);
        }), []);
        await client.close(1000);
    });


    await test('a Lambda function gets those of the proxy, with underscores of '
               + 'its own', async () => {
        const { id, ...seen } = await told('/lambda');
        const { 'Grip-Feature': features, ...said } = Object.fromEntries(
            Object.entries(seen).filter(([name]) => PROXYS.test(name)));

        assert.match(features, /status/);
        assert.deepEqual(said, { 'Connection-Id': id, 'Meta-user_id': '7' });
        assert.equal(seen.My_Own, 'mine');
    });


    await test('and on a plain request none of them', async () => {
        const { body } = await get(stack.pushpin.port, '/lambda', { headers: {
            Meta_User: 'root', Connection_Id: 'forged', Grip_Sig: 'forged',
            Transfer_Encoding: 'forged', My_Own: 'mine',
        } });

        const seen = JSON.parse(body.slice(2));

        assert.equal(seen.My_Own, 'mine');
        assert.deepEqual(Object.keys(seen).filter((name) => {
            return PROXYS.test(name) && name !== 'Grip-Feature';
        }), []);
    });


    await php.stop();
    php.remove();
});
