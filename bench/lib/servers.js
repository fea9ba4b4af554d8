'use strict';

// The servers that are measured: nginx in several configurations, the peers on
// node, and Pushpin.

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { spawnSync } = require('node:child_process');

const { LOAD_CORE, Program, SERVER_CORE } = require('./program');

const BENCH = path.resolve(__dirname, '..');
const NGINX = process.env.NGINX_BIN || 'nginx';
const FIRST_PORT = Number(process.env.BENCH_PORT || 18400);

const names = ['grip', 'sinkPort', 'plain', 'echo', 'lua', 'faasGrip',
               'serveGrip', 'serveGripKey', 'backend', 'sink', 'pushpin',
               'control', 'metrics', 'history'];
const ports = Object.fromEntries(names.map((name, i) => {
    return [name, FIRST_PORT + i];
}));

// ten items of 100 bytes, as one with a history sends them
const EVENT = `id: ${'0'.repeat(33)}\ndata: ${'x'.repeat(100)}\n\n`;
const TEN = `:\n\n${EVENT.repeat(10)}`;

const MESSAGE = 'The quick brown fox jumps over the lazy dog. 1234';


function accepts(port) {
    return new Promise((resolve) => {
        const socket = net.connect(port, '127.0.0.1');

        socket.once('error', () => resolve(false));
        socket.once('connect', () => {
            socket.destroy();
            resolve(true);
        });
    });
}


function nginxVersion() {
    const { stderr } = spawnSync(NGINX, ['-v'], { encoding: 'utf8' });

    return /nginx\/([\d.]+)/.exec(stderr)?.[1] ?? 'unknown';
}


function configure(folder, name, port) {
    const module = process.env.GRIP_MODULE
                   ?? path.join(BENCH, '../build/ngx_http_faas_grip_module.so');

    const values = {
        BENCH,
        CONTROL: ports.control,
        FOLDER: path.dirname(folder),
        FUNCTION: ports.backend,
        LOAD_MODULE: module && `load_module ${module};`,
        MESSAGE,
        MODULES: process.env.NGINX_MODULES || '/usr/lib/nginx/modules',
        PORT: port,
        SINK: ports.sink,
        SINK_PORT: ports.sinkPort,
        TEN: TEN.replace(/\n/g, '\\n'),
    };

    const template = fs.readFileSync(`${BENCH}/nginx/${name}.conf`, 'utf8');

    fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
    fs.writeFileSync(`${folder}/nginx.conf`,
                     template.replace(/@([A-Z_]+)@/g, (all, key) => {
                         return key in values ? values[key] : all;
                     }));
}


async function start(port, ...args) {
    if (await accepts(port)) {
        throw new Error(`port ${port} is taken; choose other ports with `
                        + `BENCH_PORT=...`);
    }

    const program = new Program(...args);

    program.port = port;
    await program.until(() => accepts(port), 60000);

    return program;
}


// By the name of its configuration; prefix is what runs nginx, if anything.

async function startNginx(folder, name, core = SERVER_CORE,
                          { prefix = [], main = [] } = {})
{
    const dir = `${folder}/${name}`;
    const port = ports[name];

    configure(dir, name, port);

    const command = [...prefix, NGINX, '-p', `${dir}/`, '-c',
                     `${dir}/nginx.conf`, '-e', 'error.log', ...main];

    const program = await start(port, core, command[0], command.slice(1),
                                { name: `nginx ${name}`,
                                  env: { GRIP_URL: '', GRIP_PREFIX: '',
                                         GRIP_VERIFY_KEY: '' } });

    program.log = `${dir}/error.log`;

    return program;
}


function startPeer(core, port, file, ...args) {
    return start(port, core, process.execPath,
                 [`${BENCH}/peers/${file}`, String(port), ...args],
                 { name: file, cwd: BENCH,
                   env: { GRIP_URL: `http://127.0.0.1:${ports.control}` } });
}


// Without a limit of deliveries: it is what publishes that is measured.

async function startPushpin(folder, logLevel, routes) {
    const settings = ['handler.message_rate=0', 'handler.message_hwm=0',
                      `runner.log_level=${logLevel}`];

    const file = `${folder}/routes`;

    fs.writeFileSync(file, routes);

    const program = new Program(SERVER_CORE, `${BENCH}/../demo/pushpin.sh`,
                                [`${folder}/pushpin`, String(ports.pushpin),
                                 String(ports.control),
                                 `127.0.0.1:${ports.grip}`, file, ...settings],
                                { name: 'pushpin' });

    await program.until(() => program.output.includes('ready'), 30000);

    return program;
}


async function startAll(folder) {
    const serveGrip = [`http://127.0.0.1:${ports.control}/`];

    return {
        grip: await startNginx(folder, 'grip'),
        plain: await startNginx(folder, 'plain'),
        history: await startNginx(folder, 'history'),
        echo: await startNginx(folder, 'echo'),
        lua: await startNginx(folder, 'lua'),
        backend: await startNginx(folder, 'backend', LOAD_CORE),
        faasGrip: await startPeer(SERVER_CORE, ports.faasGrip, 'faas-grip.js'),
        serveGrip: await startPeer(SERVER_CORE, ports.serveGrip,
                                   'serve-grip.mjs', ...serveGrip),
        serveGripKey: await startPeer(SERVER_CORE, ports.serveGripKey,
                                      'serve-grip.mjs', ...serveGrip,
                                      'changeme'),
    };
}


module.exports = { BENCH, MESSAGE, nginxVersion, ports, startAll, startNginx,
                   startPushpin };
