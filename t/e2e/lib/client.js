'use strict';

// A WebSocket client whose messages can be waited for, one after another.

const { WebSocket } = require('ws');

const { until, within } = require('./wait');

let count = 0;


class Client {

    // Rejects when the handshake is refused; see refused().

    static async connect(port, target,
                         { protocols = [], headers = {}, wire } = {}) {
        const client = new Client();

        client.id = `${process.pid}-${++count}`;
        client.wire = wire;
        client.sent = 0;
        client.messages = [];
        client.pings = [];
        client.pongs = [];

        // Pushpin repeats a client's headers on each of its requests
        client.socket = new WebSocket(
            `ws://127.0.0.1:${port}${target}`, protocols,
            { headers: { ...headers, 'x-client': client.id },
              perMessageDeflate: false });

        client.listen();

        try {
            await within(10000, `a connection to ${target}`, client.opened);

        } catch (error) {
            client.terminate();
            throw error;
        }

        return client;
    }


    listen() {
        const { socket } = this;

        this.closed = new Promise((resolve) => {
            socket.on('close', (code, reason) => {
                this.gone = { code, reason: reason.toString() };
                resolve(this.gone);
            });
        });

        this.opened = new Promise((resolve, reject) => {
            socket.on('upgrade', (response) => {
                this.handshake = response;
            });

            socket.on('unexpected-response', (request, response) => {
                const status = response.statusCode;
                const parts = [];

                response.on('data', (data) => parts.push(data));
                response.on('end', () => {
                    const error = new Error(`refused with ${status}`);

                    error.response = { status,
                                       headers: response.headers,
                                       body: Buffer.concat(parts).toString() };
                    reject(error);
                });
            });

            socket.on('open', resolve);
            socket.on('error', reject);
        });

        socket.on('message', (data, isBinary) => {
            this.messages.push(isBinary ? data : data.toString());
        });

        socket.on('ping', (data) => this.pings.push(data.toString()));
        socket.on('pong', (data) => this.pongs.push(data.toString()));
    }


    send(data) {
        this.sent++;
        this.socket.send(data);
    }


    ping(data) {
        this.sent++;
        this.socket.ping(data);
    }


    async take(list, what, ms) {
        await until(what, () => {
            if (list.length === 0 && this.gone) {
                throw new Error(`closed with ${this.gone.code} `
                                + `"${this.gone.reason}", no ${what}`);
            }

            return list.length > 0;
        }, ms);

        return list.shift();
    }


    // A text message as a string, a binary one as a Buffer.

    next(ms) {
        return this.take(this.messages, 'a message arrives', ms);
    }


    nextPing(ms) {
        return this.take(this.pings, 'a ping arrives', ms);
    }


    nextPong(ms) {
        return this.take(this.pongs, 'a pong arrives', ms);
    }


    // The requests of the proxy to the origin on behalf of this client.

    get exchanges() {
        return this.wire.exchanges.filter(({ request }) => {
            return request.header('x-client') === this.id;
        });
    }


    // The first answered exchange that fits.

    exchange(what, fits = () => true) {
        return until(`the origin is asked ${what}`, () => {
            return this.exchanges.find((exchange) => {
                return exchange.response !== null && fits(exchange);
            });
        });
    }


    async close(code, reason) {
        this.socket.close(code, reason);
        return within(10000, 'the connection to close', this.closed);
    }


    // Vanishes without a closing handshake.

    terminate() {
        this.socket.terminate();
    }
}


// The HTTP response with which a handshake is refused.

async function refused(port, target, options) {
    let client;

    try {
        client = await Client.connect(port, target, options);

    } catch (error) {
        if (error.response === undefined) {
            throw error;
        }

        return error.response;
    }

    client.terminate();
    throw new Error(`the handshake for ${target} succeeded`);
}


module.exports = { Client, refused };
