#!/usr/bin/env node
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { event, eventNames } = require('./lib/events');
const { MEDIA_TYPE, ask, askEvents, now, signature } = require('./lib/origin');
const { suite } = require('./lib/suite');


suite(async ({ bench, test }) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grip-keys-'));
    const file = (name) => path.join(folder, name);
    const pair = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' });

    process.on('exit', () => fs.rmSync(folder, { recursive: true }));

    fs.writeFileSync(file('public.pem'), publicKey);
    fs.writeFileSync(file('private.pem'),
                     pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));

    const stack = await bench.stack({
        settings: { 'proxy.sig_key': `file:${file('private.pem')}`,
                    'proxy.sig_iss': 'signer' },

        server: `
            location /signed {
                grip_websocket;
                grip_verify_key file:${file('public.pem')} iss=signer;

                grip_on open    { set_meta seen yes; send $grip_iss; }
                grip_on message { send "$grip_verify [$grip_meta_seen]"; }
            }

            location /other-issuer {
                grip_websocket;
                grip_verify_key file:${file('public.pem')} iss=somebody;
            }

            location /secret {
                grip_websocket;

                grip_on message { send "$grip_verify $grip_connection_id"; }
            }

            location /optional {
                grip_websocket;
                grip_verify optional;

                grip_on message { send "$grip_verify [$grip_meta_nick]"; }
            }

            location /off {
                grip_websocket;
                grip_verify off;

                grip_on message { send "$grip_meta_nick $grip_connection_id"; }
            }

            location /login {
                grip_websocket;
                satisfy any;
                allow 127.0.0.1;
                deny all;
                auth_basic members;
                auth_basic_user_file ${file('nobody')};
            }

            location /closed {
                grip_websocket;
                satisfy any;
                deny all;
                auth_basic members;
                auth_basic_user_file ${file('nobody')};
            }
        `,
    });

    fs.writeFileSync(file('nobody'), '');

    const { port } = stack.nginx;
    const hi = event('TEXT', 'hi');


    await test('row 35: a proxy that signs with an EC key is believed',
               async () => {
        const client = await stack.connect('/signed');
        const { request } = await client.exchange('to open');
        const [header] = request.header('Grip-Sig').split('.');

        assert.equal(JSON.parse(Buffer.from(header, 'base64url')).alg, 'ES256');
        assert.equal(await client.next(), 'signer');
        client.send('x');
        assert.equal(await client.next(), 'SUCCESS [yes]');
    });


    await test('row 35: the right key of another issuer is refused',
               async () => {
        assert.equal((await stack.refused('/other-issuer')).status, 403);
    });


    await test('row 35: a public key is no secret', async () => {
        const { status } = await askEvents(port, '/signed', hi, {
            'Grip-Sig': signature({ key: publicKey, iss: 'signer' }),
        });

        assert.equal(status, 403);
    });


    await test('rows 33, 35: requests that the key has not signed are refused',
               async () => {
        const good = signature();
        const [header, claims, mac] = good.split('.');
        const none = Buffer.from('{"alg":"none"}').toString('base64url');

        assert.equal((await askEvents(port, '/secret', hi)).status, 200);

        for (const [what, token] of Object.entries({
            'no signature': null,
            'an empty one': '',
            'another key': signature({ key: 'changeme2' }),
            'an expired one': signature({ exp: now() - 1 }),
            'no expiry': signature({ exp: undefined }),
            'algorithm none': `${none}.${claims}.`,
            'algorithm none, signed': `${none}.${claims}.${mac}`,
            'a name of another algorithm':
                signature({ header: { alg: 'ES256' } }),
            'a longer hash': signature({ header: { alg: 'HS512' } }),
            'a truncated one': good.slice(0, -1),
            'a padded one': `${good}=`,
            'two parts': `${header}.${claims}`,
            'four parts': `${good}.x`,
            'no token': 'yes',
        })) {
            const { status, body } = await askEvents(port, '/secret', hi,
                                                     { 'Grip-Sig': token });

            assert.equal(status, 403, what);
            assert.ok(!body.includes('TEXT'), what);
        }

        await stack.nginx.logged(/\[(?:warn|info)\].*refused/);
    });


    await test('row 33: an unverified client has no metas',
               async () => {
        const headers = { 'Meta-Nick': 'root', 'Grip-Sig': null };
        const none = await askEvents(port, '/optional', hi, headers);

        assert.equal(none.status, 200);
        assert.deepEqual(eventNames(none.body), ['TEXT m:NONE []']);

        delete headers['Grip-Sig'];

        const good = await askEvents(port, '/optional', hi, headers);

        assert.deepEqual(eventNames(good.body), ['TEXT m:SUCCESS [root]']);

        const bad = await askEvents(port, '/optional', hi,
                                    { 'Grip-Sig': signature({ key: 'bad' }) });

        assert.equal(bad.status, 403);
    });


    await test('row 33: with grip_verify off everything is believed',
               async () => {
        const { body } = await askEvents(port, '/off', hi,
                                         { 'Meta-Nick': 'bob',
                                           'Grip-Sig': null });

        assert.deepEqual(eventNames(body), ['TEXT m:bob b5ea0e11']);
    });


    await test('row 33: a signature is not a login, an address no signature',
               async () => {
        assert.equal((await askEvents(port, '/login', hi)).status, 200);
        assert.equal((await askEvents(port, '/login', hi,
                                      { 'Grip-Sig': null })).status, 403);
        assert.equal((await askEvents(port, '/closed', hi)).status, 401);
    });


    await test('row 34: without a Connection-Id it is a bad request',
               async () => {
        for (const id of [null, '']) {
            const { status } = await askEvents(port, '/secret', hi,
                                               { 'Connection-Id': id });

            assert.equal(status, 400);
        }
    });


    await test('a client cannot speak as the proxy through the proxy',
               async () => {
        const response = await ask(stack.pushpin.port, {
            target: '/secret', body: hi,
            headers: { 'Content-Type': MEDIA_TYPE, 'Connection-Id': 'x' },
        });

        assert.equal(response.status, 403);
        assert.match(response.body.toString(), /not allowed/);
    });
});
