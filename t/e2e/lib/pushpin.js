'use strict';

// A Pushpin of our own, run by the program that the demo uses.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

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
        let routes = '';

        if (this.routes) {
            routes = path.join(this.folder, 'routes.in');
            fs.writeFileSync(routes, this.routes.replaceAll('%s', address));
        }

        const settings = Object.entries(this.settings)
            .map(([name, value]) => `${name}=${value}`);

        this.program = new Program(PROGRAM,
                                   [this.folder, this.port, this.control,
                                    address, routes, ...settings]);

        await this.program.start(() => until('Pushpin is ready', () => {
            return /^ready$/m.test(this.program.output);
        }, 15000));

        // its parts may need a moment more until they have found each other
        await until('Pushpin asks the origin', () => {
            return ask(this.port, { method: 'GET', ms: 500 })
                .then(() => true, () => false);
        });
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
