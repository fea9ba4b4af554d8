#!/usr/bin/env node
'use strict';

// The files of docs/your-site.md, run as they stand but for ports and paths.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const https = require('node:https');
const path = require('node:path');

const { WebSocket } = require('ws');

const { Guide, Site } = require('./lib/guide');
const { accepts } = require('./lib/nginx');
const { ask } = require('./lib/origin');
const { Php } = require('./lib/php');
const { freePort } = require('./lib/ports');
const { Program } = require('./lib/program');
const { suite } = require('./lib/suite');
const { until, within } = require('./lib/wait');

const guide = new Guide('your-site.md');


function request(port, target, { method = 'GET', headers = {}, body } = {}) {
    return within(10000, `an answer to ${target}`,
                  new Promise((resolve, reject) => {
        https.request({ host: '127.0.0.1', port, path: target, method, headers,
                        agent: false, rejectUnauthorized: false }, (response) => {
            response.setEncoding('utf8');
            resolve(response);
        }).on('error', reject).end(body);
    }));
}


async function login(port, user, password) {
    const response = await request(port, '/login', {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: `user=${user}&password=${password}`,
    });

    response.resume();

    return { status: response.statusCode,
             cookie: (response.headers['set-cookie'] ?? [])
                 .at(-1)?.split(';')[0] };
}


class Visitor {

    static async open(port, headers) {
        const visitor = new Visitor();

        visitor.messages = [];
        visitor.socket = new WebSocket(`wss://127.0.0.1:${port}/ws`, {
            headers, rejectUnauthorized: false,
        });

        visitor.socket.on('message', (data) => {
            visitor.messages.push(JSON.parse(data));
        });

        await within(10000, 'a WebSocket', new Promise((resolve, reject) => {
            visitor.socket.on('open', resolve);
            visitor.socket.on('error', reject);
        }));

        return visitor;
    }


    hears(message) {
        return until(`${JSON.stringify(message)} arrives`, () => {
            return this.messages.some((one) => {
                return JSON.stringify(one) === JSON.stringify(message);
            });
        });
    }
}


suite(async ({ bench, test }) => {
    const names = [80, 443, 7999, 8080, 8081, 9000, 5561];
    const ports = {};

    for (const name of names) {
        ports[name] = await freePort();
    }

    const php = new Php(Object.fromEntries(
        ['login.php', 'open.php', 'check.php'].map((name) => {
            return [name, guide.file(`/srv/site/php/${name}`, 'php')];
        })), ['php_value[session.save_path] = .']);
    const site = new Site();
    const script = path.join(site.folder, 'messages.js');

    fs.writeFileSync(script, guide.file('/srv/site/messages.js', 'js'));

    const node = new Program(process.execPath, [script],
                             { env: { ...process.env, PORT: ports[9000] } });

    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes',
                             '-subj', '/CN=www.example.com',
                             '-keyout', `${site.folder}/site.key`,
                             '-out', `${site.folder}/site.pem`],
                 { stdio: 'ignore' });

    fs.copyFileSync('/etc/nginx/fastcgi_params',
                    `${site.folder}/fastcgi_params`);

    site.configure(guide.file('nginx.conf', 'nginx'), ports, {
        '/srv/site/php': path.dirname(php.socket),
        'unix:/run/php/php-fpm.sock': `unix:${php.socket}`,
    });

    await php.start();
    await node.start(() => until('Node.js listens',
                                 () => accepts(ports[9000])));
    await site.start(ports[8080]);

    const pushpin = await bench.pushpin({
        port: ports[7999], control: ports[5561], origin: ports[8080],
        routes: guide.routes('/etc/pushpin/routes', 8080),
        settings: guide.settings('/etc/pushpin/pushpin.conf'),
    });

    const Origin = 'https://www.example.com';
    let ann, bob, cookies;


    await test('a wrong password gives no session', async () => {
        assert.equal((await login(ports[443], 'ann', 'coffee')).status, 403);
        assert.equal((await login(ports[443], 'eve', '')).status, 403);
    });


    await test('a visitor who has not logged in is let into neither',
               async () => {
        await assert.rejects(Visitor.open(ports[443], { Origin }), /403/);

        const response = await request(ports[443], '/events');

        response.resume();
        assert.equal(response.statusCode, 401);
    });


    await test('users talk to each other and to everyone', async () => {
        cookies = [await login(ports[443], 'ann', 'tea'),
                   await login(ports[443], 'bob', 'coffee')]
            .map(({ status, cookie }) => {
                assert.equal(status, 204);
                return cookie;
            });

        ann = await Visitor.open(ports[443], { Origin, Cookie: cookies[0] });
        bob = await Visitor.open(ports[443], { Origin, Cookie: cookies[1] });

        await until('both have subscribed', () => {
            return pushpin.subscriptions('everyone') === 2;
        });

        ann.socket.send('{"to":"bob","text":"hello"}');
        await bob.hears({ from: 'ann', text: 'hello' });
        bob.socket.send('{"text":"hello all"}');
        await ann.hears({ from: 'bob', text: 'hello all' });
        assert.equal(ann.messages.length, 1);
        ann.socket.send('tea?');
        await ann.hears({ error: 'not JSON' });
    });


    await test('a page of another site cannot use a session', async () => {
        await assert.rejects(Visitor.open(ports[443], {
            Origin: 'https://www.example.org', Cookie: cookies[0],
        }), /403/);
    });


    await test('a program reaches a user as an event and a message',
               async () => {
        const before = pushpin.subscriptions('user-ann');
        const events = await request(ports[443], '/events',
                                     { headers: { Cookie: cookies[0] } });
        let text = '';

        events.on('data', (part) => {
            text += part;
        });

        assert.equal(events.statusCode, 200);
        await until('the stream has subscribed', () => {
            return pushpin.subscriptions('user-ann') > before;
        });

        const [, body, target] =
            /curl -d '([^']*)'[^']*'http:\/\/[^/]*([^']*)'/
                .exec(guide.text);
        const answer = await ask(ports[8081], { target, body });

        assert.equal(answer.status, 200);
        await ann.hears(JSON.parse(body));
        await until('the event arrives', () => text.includes(`data: ${body}`));
        assert.ok(!bob.messages.some(({ text: said }) => /parcel/.test(said)));
        events.destroy();
    });


    await test('nginx has nothing to complain about', async () => {
        for (const one of [ann, bob]) {
            one?.socket.terminate();
        }

        // nginx waits for the connections that Pushpin keeps
        await pushpin.stop();
        await site.nginx.stop('SIGQUIT');
        await node.stop();
        await php.stop();

        assert.deepEqual(site.complaints(), []);

        site.remove();
        php.remove();
    });
});
