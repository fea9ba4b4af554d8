#!/usr/bin/env node
'use strict';

// The files of docs/your-site.md, run as they stand but for ports and paths.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const https = require('node:https');
const os = require('node:os');
const path = require('node:path');

const { WebSocket } = require('ws');

const { Nginx, accepts, modulePath, nginxBinary, root } = require('./lib/nginx');
const { ask } = require('./lib/origin');
const { Php } = require('./lib/php');
const { freePort } = require('./lib/ports');
const { Program } = require('./lib/program');
const { suite } = require('./lib/suite');
const { until, within } = require('./lib/wait');

const page = fs.readFileSync(path.join(root, 'docs/your-site.md'), 'utf8');

// The first block of its language behind the name of a file, as a heading or
// between backticks.

function file(name, language) {
    const named = page.search(new RegExp(`^(?:## |\`)${name}`, 'm'));
    const [, text] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``)
        .exec(page.slice(named)) ?? [];

    assert.ok(text, `there is a ${name}`);

    return text;
}


// name=value of pushpin.conf but for paths and addresses, for pushpin.sh

const OURS = new RegExp('^(?:include|rundir|ipc_prefix|http_port|logdir'
                        + '|routesfile|push_in_http_\\w+)$');

function settings(text) {
    const all = {};
    let section;

    for (const line of text.split('\n')) {
        const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];

        section = /^\[(\w+)\]$/.exec(line)?.[1] ?? section;

        if (name && !OURS.test(name)) {
            all[`${section}.${name}`] = value;
        }
    }

    return all;
}


class Site {

    constructor() {
        this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grip-site-'));
        fs.chmodSync(this.folder, 0o755);
    }


    certificate() {
        execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048',
                                 '-nodes', '-subj', '/CN=www.example.com',
                                 '-keyout', `${this.folder}/site.key`,
                                 '-out', `${this.folder}/site.pem`],
                     { stdio: 'ignore' });
    }


    // ports: those of the page -> those of the test

    configure(ports, socket) {
        let text = file('nginx.conf', 'nginx')
            .replace(/^load_module .*\n/m, '')
            .replace(/^user .*\n/m, '')
            .replaceAll('/srv/site/php', path.dirname(socket))
            .replaceAll('unix:/run/php/php-fpm.sock', `unix:${socket}`)
            .replaceAll('/etc/nginx/', `${this.folder}/`)
            .replace(/^http \{\n/m, `$&
                access_log off;
                client_body_temp_path client_body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
            `);

        for (const [theirs, ours] of Object.entries(ports)) {
            text = text
                .replace(new RegExp(`(127\\.0\\.0\\.1:)${theirs}\\b`, 'g'),
                         `$1${ours}`)
                .replace(new RegExp(`(listen )${theirs}\\b`), `$1${ours}`);
        }

        fs.copyFileSync('/etc/nginx/fastcgi_params',
                        `${this.folder}/fastcgi_params`);

        const module = modulePath();

        fs.writeFileSync(path.join(this.folder, 'nginx.conf'), `
            ${module ? `load_module ${module};` : ''}
            daemon off;
            pid nginx.pid;
            error_log error.log info;
            ${text}`);
    }


    async start(port) {
        this.nginx = new Program(nginxBinary(),
                                 ['-p', this.folder, '-c', 'nginx.conf',
                                  '-e', 'error.log'],
                                 { env: { ...process.env, GRIP_URL: '',
                                          GRIP_PREFIX: '',
                                          GRIP_VERIFY_KEY: '' } });

        await this.nginx.start(() => until('nginx listens',
                                           () => accepts(port)));
    }
}


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

    const php = new Php({ 'login.php': file('/srv/site/php/login.php', 'php'),
                          'open.php': file('/srv/site/php/open.php', 'php'),
                          'check.php': file('/srv/site/php/check.php', 'php') },
                        ['php_value[session.save_path] = .']);
    const site = new Site();
    const script = path.join(site.folder, 'messages.js');

    fs.writeFileSync(script, file('/srv/site/messages.js', 'js'));

    const node = new Program(process.execPath, [script],
                             { env: { ...process.env, PORT: ports[9000] } });

    site.certificate();
    site.configure(ports, php.socket);

    await php.start();
    await node.start(() => until('Node.js listens',
                                 () => accepts(ports[9000])));
    await site.start(ports[8080]);

    const pushpin = await bench.pushpin({
        port: ports[7999], control: ports[5561], origin: ports[8080],
        routes: file('/etc/pushpin/routes', '')
            .replaceAll('127.0.0.1:8080', '%s'),
        settings: settings(file('/etc/pushpin/pushpin.conf', 'ini')),
    });

    const Origin = 'https://www.example.com';
    let ann, bob, cookies;


    await test('a wrong password gives no session', async () => {
        assert.equal((await login(ports[443], 'ann', 'coffee')).status, 403);
        assert.equal((await login(ports[443], 'eve', '')).status, 403);
    });


    await test('who has not logged in is let into neither', async () => {
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
            /curl -d '([^']*)'[^']*'http:\/\/[^/]*([^']*)'/.exec(page);
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

        const log = fs.readFileSync(path.join(site.folder, 'error.log'), 'utf8');

        assert.deepEqual(log.split('\n')
            .filter((line) => /\[(emerg|alert|crit)\]| grip: /.test(line)), []);

        fs.rmSync(site.folder, { recursive: true });
        php.remove();
    });
});
