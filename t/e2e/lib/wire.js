'use strict';

// A wire between two of the parts: passes whole HTTP messages on, keeps what it
// has seen, and can hold or lose answers.

const net = require('node:net');

const { freePort } = require('./ports');
const { MessageReader } = require('./message');
const { until } = require('./wait');


class Wire {

    static async start(target) {
        const wire = new Wire();

        wire.target = target;
        wire.port = await freePort();
        wire.exchanges = [];                    // { request, response }
        wire.sockets = new Set();
        wire.losing = 0;
        wire.gate = null;

        wire.server = net.createServer((socket) => wire.serve(socket));

        await new Promise((resolve, reject) => {
            wire.server.once('error', reject);
            wire.server.listen(wire.port, '127.0.0.1', resolve);
        });

        return wire;
    }


    serve(near) {
        const far = net.connect(this.target, '127.0.0.1');
        const pending = [];
        let answered = Promise.resolve();

        for (const [socket, other] of [[near, far], [far, near]]) {
            this.sockets.add(socket);
            socket.setNoDelay(true);
            socket.on('error', () => other.destroy());
            socket.on('close', async () => {
                this.sockets.delete(socket);
                await answered;
                other.end();
            });
        }

        new MessageReader(near, (request) => {
            const exchange = { request, response: null };

            this.exchanges.push(exchange);
            pending.push(exchange);

            if (!far.destroyed) {
                far.write(request.raw);
            }
        });

        new MessageReader(far, (response) => {
            const exchange = pending.shift();

            exchange.response = response;

            if (this.losing > 0) {
                this.losing--;
                exchange.lost = true;
                near.destroy();
                return;
            }

            answered = Promise.all([answered, this.gate?.open]).then(() => {
                if (!near.destroyed) {
                    near.write(response.raw);
                }
            });
        });
    }


    // From now on answers wait, until release().

    hold() {
        this.gate = {};
        this.gate.open = new Promise((resolve) => {
            this.gate.release = resolve;
        });
    }


    release() {
        this.gate?.release();
        this.gate = null;
    }


    // The next answer is lost together with its connection.

    loseAnswer() {
        this.losing++;
    }


    // Resolves with the first exchange, from the given one on, that fits.

    seen(what, fits, from = 0) {
        return until(`the wire has seen ${what}`,
                     () => this.exchanges.slice(from).find(fits));
    }


    async stop() {
        this.release();

        const closed = new Promise((resolve) => {
            this.server.close(resolve);
        });

        for (const socket of this.sockets) {
            socket.destroy();
        }

        await closed;
    }
}


module.exports = { Wire };
