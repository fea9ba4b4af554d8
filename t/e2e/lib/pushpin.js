'use strict';

// A Pushpin of our own, run by the program that the demo uses.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');

const { WebSocket } = require('ws');

const { root } = require('./nginx');
const { ask } = require('./origin');
const { Program } = require('./program');
const { until } = require('./wait');


const PROGRAM = path.join(root, 'demo/pushpin.sh');


// Whether Pushpin is of this version, major.minor, or of a newer one.

function isSince(version) {
    const [major, minor] = version.split('.').map(Number);
    const [theirs, newer] = `${execFileSync(PROGRAM, ['--version'])}`
        .split('.').map(Number);

    return theirs > major || (theirs === major && newer >= minor);
}


// An origin that subscribes each WebSocket to a channel of this name.

const READY = 'pushpin-is-ready';

function subscriber() {
    const subscribe = `c:{"type":"subscribe","channel":"${READY}"}`;
    const open = 'OPEN\r\n'
                 + `TEXT ${subscribe.length.toString(16)}\r\n${subscribe}\r\n`;

    return http.createServer(async (request, response) => {
        const parts = [];

        for await (const part of request) {
            parts.push(part);
        }

        const events = Buffer.concat(parts).toString('latin1');

        response.setHeader('Content-Type', 'application/websocket-events');
        response.setHeader('Sec-WebSocket-Extensions', 'grip');
        response.end(events.startsWith('OPEN') ? open : events);
    });
}


// A WebSocket for as long as fits() takes to be true, a second at most.

async function visit(url, fits) {
    const socket = new WebSocket(url);
    const closed = new Promise((resolve) => {
        socket.on('close', resolve);
        socket.on('error', resolve);
    });

    await new Promise((resolve) => {
        socket.on('open', resolve);
        closed.then(resolve);
    });

    const fit = await until('it fits', fits, 1000).catch(() => false);

    socket.close();
    await closed;

    return fit;
}


class Pushpin {

    // origin: port on the loopback address.
    // routes: lines of a routes file, %s stands for the origin.
    // settings: for pushpin.conf, as { 'proxy.sig_key': 'secret' }.

    constructor({ port, control, origin, routes, settings = {} }) {
        Object.assign(this, { port, control, origin, routes, settings });

        this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grip-pushpin-'));
    }


    async start() {
        const address = `127.0.0.1:${this.origin}`;
        const routes = path.join(this.folder, 'routes.in');
        const ready = subscriber();

        await new Promise((resolve) => ready.listen(0, '127.0.0.1', resolve));

        fs.writeFileSync(routes, [
            `*,proto=ws,path_beg=/${READY} 127.0.0.1:${ready.address().port},`
            + 'over_http',
            (this.routes ?? '* %s,over_http').replaceAll('%s', address),
        ].join('\n'));

        const settings = Object.entries(this.settings)
            .map(([name, value]) => `${name}=${value}`);

        this.program = new Program(PROGRAM,
                                   [this.folder, this.port, this.control,
                                    address, routes, ...settings]);

        await this.program.start(() => until('Pushpin is ready', () => {
            return /^ready$/m.test(this.program.output);
        }, 15000));

        // its parts may need a moment more until they have found each other:
        // until then it asks nobody, and loses what clients are subscribed to

        await until('Pushpin asks the origin', () => {
            return ask(this.port, { method: 'GET', ms: 500 })
                .then(() => true, () => false);
        });

        await until('Pushpin subscribes clients', () => {
            return visit(`ws://127.0.0.1:${this.port}/${READY}`,
                         () => this.subscriptions(READY) > 0);
        });

        ready.close();
    }


    logged(fits) {
        const log = path.join(this.folder, 'pushpin.log');

        return fs.readFileSync(log, 'utf8').split('\n').filter(fits).length;
    }


    // How often somebody has subscribed to the channel.

    subscriptions(channel) {
        return this.logged((line) => {
            return line.includes('] subscribe ')
                   && line.endsWith(` channel=${channel}`);
        });
    }


    // How often it has asked again for a response that it holds there.

    retries(channel) {
        return this.subscriptions(`${channel} retry`);
    }


    // How often it has asked by a link for what a stream may have missed, and
    // holds the answer.

    followed(channel) {
        return this.logged((line) => {
            return /\[handler\] GET \S+\/\.grip\/.* code=200 /.test(line)
                   && line.includes(` #${channel}=`);
        });
    }


    // How many requests it has given up, as its parts lost their thread.

    canceled() {
        return this.logged((line) => {
            return /received message out of sequence.*, canceling$/.test(line);
        });
    }


    // How many messages and pings of the client the part that asks the origin
    // has got, if runner.log_level is 3.

    received(client) {
        const name = `[ "x-client", "${client.id}" ]`;
        let id;

        return this.logged((line) => {
            const part = line.split('[proxy] zhttp/zws server: IN ')[1];

            if (part?.startsWith('{') && part.includes(name)) {
                id = /"id": "[^"]*"/.exec(part)[0];
            }

            return id && part?.startsWith('stream ') && part.includes(id)
                   && /"content-type": |"type": "ping"/.test(part)
                   && !part.includes('"more": true');
        });
    }


    async stop() {
        await this.program.stop();
    }


    remove() {
        fs.rmSync(this.folder, { recursive: true, force: true });
    }
}


module.exports = { Pushpin, isSince };
