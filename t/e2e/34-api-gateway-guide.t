#!/usr/bin/env node
'use strict';

// The files of docs/api-gateway.md, run as they stand but for ports, paths and
// the name of this machine.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const {
    ApiGatewayManagementApiClient, PostToConnectionCommand,
} = require('@aws-sdk/client-apigatewaymanagementapi');

const { Client } = require('./lib/client');
const { Guide, Site } = require('./lib/guide');
const { accepts } = require('./lib/nginx');
const { freePort } = require('./lib/ports');
const { Program } = require('./lib/program');
const { suite } = require('./lib/suite');
const { until } = require('./lib/wait');

const guide = new Guide('api-gateway.md');
const own = { 'functions.internal': 'localhost' };

const KEY = 'of the functions';


function here(text) {
    return text.replaceAll('functions.internal', own['functions.internal']);
}


// The environment that a command of the page has, and where the certificate is.

function environment(folder) {
    const [command] = /^AWS_REGION[^]*?node runtime\.js$/m
        .exec(guide.file('runtime', 'sh', /^The library wants/m));

    return Object.fromEntries(
        [...command.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name, value]) => {
            return [name, value.replace('/etc/nginx', folder)];
        }));
}


suite(async ({ bench, test }) => {
    const ports = {};

    for (const name of [7999, 8080, 8443, 9000, 5561]) {
        ports[name] = await freePort();
    }

    const site = new Site();
    const functions = path.join(site.folder, 'chat');

    fs.mkdirSync(functions);
    fs.symlinkSync(path.join(__dirname, 'node_modules'),
                   path.join(functions, 'node_modules'));

    for (const name of ['runtime.js', 'handlers.js']) {
        fs.writeFileSync(path.join(functions, name),
                         guide.file(`/srv/chat/${name}`, 'js'));
    }

    const [openssl] = /^openssl (?:.*\\\n)*.*/
        .exec(guide.file('certificate', 'sh', /That name and its/)) ?? [];

    execFileSync('sh', ['-c', here(openssl)
        .replaceAll('/etc/nginx', site.folder)], { stdio: 'ignore' });

    site.configure(guide.file('/etc/nginx/nginx.conf', 'nginx'), ports, {
        ...own,
        ':8443': `:${ports[8443]}`,
        'location /prod/@connections {':
            `location /keyed/@connections {
                 grip_connections;
                 grip_control_key "${KEY}";
             }

             location /prod/@connections {`,
    });

    const env = { ...environment(site.folder),
                  NODE_OPTIONS: '--dns-result-order=ipv4first' };
    const runtime = new Program(process.execPath, ['runtime.js'], {
        cwd: functions, env: { ...process.env, ...env, PORT: ports[9000] },
    });

    await runtime.start(() => until('the runtime listens',
                                    () => accepts(ports[9000])));
    await site.start(ports[8080]);

    const pushpin = await bench.pushpin({
        port: ports[7999], control: ports[5561], origin: ports[8080],
        routes: guide.routes('/etc/pushpin/routes', 8080),
        settings: new Guide('your-site.md')
            .settings('/etc/pushpin/pushpin.conf'),
    });

    const subscribed = () => pushpin.logged((line) => {
        return /\] subscribe .* channel=connection-/.test(line);
    });

    const connect = async () => {
        const before = subscribed();
        const client = await Client.connect(ports[7999], '/prod');

        await until('it can be sent to', () => subscribed() > before);

        return client;
    };

    let ann, bob;


    await test('the dialogue of the page', async () => {
        const text = guide.file('dialogue', '', /^## Trying it/m);
        let said = 0;

        ann = await connect();

        for (const [, who, line] of text.matchAll(/^([<>]) (.*)$/gm)) {
            if (who === '>') {
                ann.send(line);

            } else {
                assert.equal(await ann.next(), line);
                said++;
            }
        }

        assert.equal(said, 3);
    });


    await test('all hear what one sends, until they leave', async () => {
        bob = await connect();

        ann.send('{"action":"ask"}');
        assert.equal(await ann.next(), '2 connected');

        bob.send('{"action":"send","data":"hello, all"}');
        assert.equal(await bob.next(), 'hello, all');
        assert.equal(await ann.next(), 'hello, all');

        await bob.close();
        await until('one has left', async () => {
            ann.send('{"action":"ask"}');

            return await ann.next() === '1 connected';
        });
    });


    await test('a handler that fails says so', async () => {
        ann.send('{"action":"send"}');
        await until('nginx tells of it', () => site.complaints()
            .some((line) => /detached function "\/fn\/send" failed/.test(line)));
    });


    await test('a token in place of the signature', async () => {
        const snippet = guide.file('token', 'js', /^Signatures of AWS/m);

        process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';

        const sending = async (key) => {
            const client = new ApiGatewayManagementApiClient({
                endpoint: `https://127.0.0.1:${ports[8443]}/keyed`,
                region: env.AWS_REGION, maxAttempts: 1,
                credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
            });

            new Function('require', 'client', 'key', snippet)(require, client,
                                                              key);

            try {
                const { $metadata } = await client.send(
                    new PostToConnectionCommand({ ConnectionId: 'none',
                                                  Data: 'hello' }));

                return $metadata.httpStatusCode;

            } catch (error) {
                return error.$metadata.httpStatusCode;

            } finally {
                client.destroy();
            }
        };

        assert.equal(await sending(KEY), 200);
        assert.equal(await sending('another'), 401);
    });


    await test('nginx has nothing else to complain about', async () => {
        ann?.terminate();
        bob?.terminate();

        // nginx waits for the connections that Pushpin keeps
        await pushpin.stop();
        await site.nginx.stop('SIGQUIT');
        await runtime.stop();

        // but what came of a message without data, and of the wrong key

        assert.deepEqual(site.complaints().map((line) => {
            return /grip: (.*?)(?:, client| while|$)/.exec(line)?.[1] ?? line;
        }), [
            '"grip_connections" refused a request: Message must not be empty',
            'detached function "/fn/send" failed: it returned an error',
            '"grip_connections" refused a request: signature mismatch',
        ]);

        site.remove();
    });
});
