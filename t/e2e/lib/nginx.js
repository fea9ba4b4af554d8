'use strict';

// An nginx of our own: a folder, a configuration, a master and its workers.

const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const { freePort } = require('./ports');
const { Program } = require('./program');
const { sleep, until } = require('./wait');

const root = path.resolve(__dirname, '../../..');

// The whole path: for a binary upgrade nginx looks for itself by it.

function nginxBinary() {
    const name = process.env.TEST_NGINX_BINARY || 'nginx';

    if (name.includes('/')) {
        return path.resolve(name);
    }

    const folders = [...process.env.PATH.split(':'), '/usr/sbin'];
    const folder = folders.find((one) => fs.existsSync(path.join(one, name)));

    return folder ? path.join(folder, name) : name;
}


// GRIP_MODULE is empty for an nginx that has the module linked in.

function modulePath() {
    return process.env.GRIP_MODULE
           ?? path.join(root, 'build/ngx_http_faas_grip_module.so');
}


const WORKERS = 2;

function configuration(port, { main = '', http = '', server = '',
                               workers = WORKERS, daemon = false }) {
    const file = modulePath();

    return `
${file ? `load_module ${file};` : ''}
daemon ${daemon ? 'on' : 'off'};
worker_processes ${workers};
pid nginx.pid;
error_log error.log info;
${main}

events {
    worker_connections 1024;
}

http {
    access_log off;
    client_body_temp_path client_body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;

    client_max_body_size 512k;
    client_body_buffer_size 512k;
    ${http}

    server {
        listen 127.0.0.1:${port};
        ${server}
    }
}
`;
}


function accepts(port, address = '127.0.0.1') {
    return new Promise((resolve) => {
        const socket = net.connect(port, address);

        socket.once('error', () => resolve(false));
        socket.once('connect', () => {
            socket.destroy();
            resolve(true);
        });
    });
}


function childrenOf(pid) {
    return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
        .split(' ').filter((child) => child !== '').map(Number);
}


function runs(pid) {
    try {
        process.kill(pid, 0);
        return true;

    } catch {
        return false;
    }
}


async function quit(pid) {
    if (pid !== 0) {
        process.kill(pid, 'SIGQUIT');
        await until('a master ends', () => !runs(pid), 15000);
    }
}


class Nginx {

    // parts: { main, http, server, workers, daemon, env }, see configuration().
    // Only a daemon can be upgraded.

    static async start(parts) {
        const nginx = new Nginx();

        nginx.port = await freePort();
        nginx.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grip-nginx-'));

        // workers are not root and keep temporary files there
        fs.chmodSync(nginx.folder, 0o755);

        nginx.configure(parts);
        nginx.count = parts.workers ?? WORKERS;
        nginx.daemon = parts.daemon;
        nginx.env = parts.env;
        nginx.expected = [];

        try {
            await nginx.run();

        } catch (error) {
            await nginx.program.stop();
            nginx.remove();
            throw error;
        }

        return nginx;
    }


    // With the folder, and the port, that it has.

    async run() {
        this.program = new Program(nginxBinary(),
                                   ['-p', this.folder, '-c', 'nginx.conf',
                                    '-e', 'error.log'],
                                   { env: { ...process.env,
                                            GRIP_URL: '',
                                            GRIP_PREFIX: '',
                                            GRIP_VERIFY_KEY: '',
                                            ...this.env } });

        // it listens before it has workers and before it heeds signals
        const ready = () => until('nginx has its workers', () => {
            return this.workers().length >= this.count;
        });

        if (this.daemon) {
            await this.program.ended;
            await ready();
        } else {
            await this.program.start(ready);
        }
    }


    configure(parts) {
        fs.writeFileSync(path.join(this.folder, 'nginx.conf'),
                         configuration(this.port, parts));
    }


    // Of the master, 0 while there is none; nginx.pid.oldbin names the old one
    // during an upgrade.

    get pid() {
        return this.pidFrom('nginx.pid');
    }


    pidFrom(name) {
        try {
            return Number(fs.readFileSync(path.join(this.folder, name)));

        } catch (err) {
            if (err.code === 'ENOENT') {
                return 0;
            }

            throw err;
        }
    }


    workers() {
        const { pid } = this;

        return pid === 0 ? [] : childrenOf(pid);
    }


    // Resident memory of all its processes, in KB.

    resident() {
        return [this.pid, ...this.workers()].reduce((sum, pid) => {
            const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');

            return sum + Number(/^VmRSS:\s+(\d+)/m.exec(status)[1]);
        }, 0);
    }


    // Resolves once workers have done all that they had to, for now, and who
    // listens to them within the test has heard of it.

    async rests() {
        await until('workers wait for more', () => {
            return this.workers().every((pid) => {
                return /\) S /.test(fs.readFileSync(`/proc/${pid}/stat`));
            });
        });
        await sleep(1);
    }


    // Returns once new workers have taken over; old ones may still be busy.

    async reload() {
        const old = this.workers();

        process.kill(this.pid, 'SIGHUP');

        await until('new workers run', () => {
            const young = this.workers().filter((pid) => !old.includes(pid));

            return young.length >= this.count;
        });
    }


    // Returns once a new master has taken over and the old one has ended.

    async upgrade() {
        const old = this.pid;

        process.kill(old, 'SIGUSR2');

        await until('a new master runs', () => {
            return ![0, old].includes(this.pid)
                   && this.workers().length >= this.count;
        });

        process.kill(old, 'SIGQUIT');
        await until('the old master ends', () => !runs(old), 60000);
    }


    // Kills a worker, of which the log may tell.

    kill(pid) {
        this.expected.push(`process ${pid} exited on signal 9`);
        process.kill(pid, 'SIGKILL');
    }


    get log() {
        return fs.readFileSync(path.join(this.folder, 'error.log'), 'utf8');
    }


    // Resolves with the line of the log that matches.

    logged(pattern, ms) {
        return until(`nginx logs ${pattern}`, () => {
            return this.log.split('\n').find((line) => pattern.test(line));
        }, ms);
    }


    // The log of a healthy nginx never has any of this, but for the ends of
    // lines that a test itself has brought about.

    get complaints() {
        const bad = /\[(alert|emerg|crit)\]|exited on signal/;

        return this.log.split('\n').filter((line) => {
            return bad.test(line)
                   && !this.expected.some((text) => line.endsWith(text));
        });
    }


    // Gracefully, so that what a worker has forgotten to close is logged.

    async stop() {
        if (this.daemon) {
            await quit(this.pidFrom('nginx.pid.oldbin'));
            await quit(this.pid);
            return;
        }

        const { code, signal } = await this.program.stop('SIGQUIT');

        if (code !== 0) {
            throw new Error(`nginx ended with ${signal ?? `status ${code}`}`);
        }
    }


    remove() {
        fs.rmSync(this.folder, { recursive: true, force: true });
    }
}


module.exports = { Nginx, accepts, childrenOf, modulePath, nginxBinary,
                   root };
