'use strict';

// The programs that a test file has started, and their end.

const { Client, refused } = require('./client');
const { Nginx } = require('./nginx');
const { freePort } = require('./ports');
const { Pushpin } = require('./pushpin');
const { until } = require('./wait');
const { Wire } = require('./wire');


class Bench {

    constructor() {
        this.clients = [];
        this.pushpins = [];
        this.wires = [];
        this.nginxes = [];
    }


    async wire(target) {
        const wire = await Wire.start(target);

        this.wires.push(wire);

        return wire;
    }


    async nginx(parts) {
        const nginx = await Nginx.start(parts);

        this.nginxes.push(nginx);

        return nginx;
    }


    async pushpin(options) {
        const pushpin = new Pushpin({ port: await freePort(),
                                      control: await freePort(), ...options });

        this.pushpins.push(pushpin);
        await pushpin.start();

        return pushpin;
    }


    // Pushpin and nginx, a wire between them and another on the way back:
    // clients -> pushpin -> wire -> nginx -> control -> pushpin.
    // url is the query of the GRIP URL, null leaves grip_url out; batches is
    // for those who call batch().

    async stack({ routes, settings, url = '?iss=pushpin&key=changeme',
                  batches, ...parts })
    {
        const ports = { port: await freePort(), control: await freePort() };
        const control = await this.wire(ports.control);
        const gripUrl = url === null
            ? '' : `grip_url http://127.0.0.1:${control.port}/${url};`;

        const nginx = await this.nginx({
            ...parts,
            http: `${gripUrl}\n${parts.http ?? ''}`,
        });

        const wire = await this.wire(nginx.port);
        const pushpin = await this.pushpin({
            ...ports, routes, origin: wire.port,
            settings: { ...settings,
                        ...(batches ? { 'runner.log_level': 3 } : {}) },
        });

        wire.exchanges.length = 0;

        return {
            nginx, pushpin, wire, control,
            subscribed: (channel) => {
                return until(`${channel} has a subscriber`,
                             () => pushpin.subscriptions(channel) > 0);
            },
            connect: (target, options) => {
                return this.connect(pushpin, target, { wire, ...options });
            },

            // All that the client sends within more() is one request: the proxy
            // has it before the answer to the first message.

            batch: async (client, first, more) => {
                const open = () => client.exchanges
                    .filter(({ response }) => response === null).length;

                await until('it has been answered', () => open() === 0);

                const from = client.exchanges.length;

                wire.hold();
                client.send(first);
                await until('the first message is answered', () => {
                    return client.exchanges[from]?.response;
                });

                more();
                await until('the proxy has the others', () => {
                    return pushpin.received(client) === client.sent;
                });
                wire.release();
            },

            refused: (target, options) => {
                return refused(pushpin.port, target, { wire, ...options });
            },
        };
    }


    // options.hears: a channel to which the client is subscribed when open.
    // The proxy subscribes it a moment after it has let it in.

    async connect(pushpin, target, { hears, ...options }) {
        const before = hears ? pushpin.subscriptions(hears) : 0;
        const client = await Client.connect(pushpin.port, target, options);

        this.clients.push(client);

        if (hears) {
            await until(`${hears} has another subscriber`,
                        () => pushpin.subscriptions(hears) > before);
        }

        return client;
    }


    // Lines that nginx has logged since marks(), for whom a test has failed.

    marks() {
        return this.nginxes.map((nginx) => nginx.log.length);
    }


    logged(marks) {
        return this.nginxes.map((nginx, i) => nginx.log.slice(marks[i] ?? 0))
            .join('').split('\n').filter((line) => line !== '');
    }


    // From the clients to nginx, so that nobody misses whom he talks to.
    // Returns what went wrong.

    async stop() {
        const wrong = [];

        for (const client of this.clients) {
            client.terminate();
        }

        for (const part of [...this.pushpins, ...this.wires, ...this.nginxes]) {
            try {
                await part.stop();

            } catch (error) {
                wrong.push(error.message);
            }
        }

        for (const nginx of this.nginxes) {
            wrong.push(...nginx.complaints);
        }

        for (const part of [...this.pushpins, ...this.nginxes]) {
            part.remove();
        }

        return wrong;
    }
}


module.exports = { Bench };
