'use strict';

// A way to a port that can be cut: bytes pass, whatever they are.

const net = require('node:net');

const { freePort } = require('./ports');


class Tunnel {

    static async start(target, port) {
        const tunnel = new Tunnel();

        tunnel.port = port ?? await freePort();
        tunnel.pairs = new Set();
        tunnel.server = net.createServer((near) => {
            tunnel.serve(near, net.connect(target, '127.0.0.1'));
        });

        await new Promise((resolve, reject) => {
            tunnel.server.once('error', reject);
            tunnel.server.listen(tunnel.port, '127.0.0.1', resolve);
        });

        return tunnel;
    }


    serve(near, far) {
        const pair = { near, far, cutting: false };

        this.pairs.add(pair);

        for (const [socket, other] of [[near, far], [far, near]]) {
            socket.on('error', () => other.destroy());
            socket.on('close', () => {
                this.pairs.delete(pair);
                other.destroy();
            });
        }

        near.on('data', (bytes) => far.write(bytes));

        far.on('data', (bytes) => {
            if (pair.cutting) {
                const some = Math.floor(Math.random() * bytes.length);

                near.end(bytes.subarray(0, some));
                far.destroy();
                return;
            }

            near.write(bytes);
        });
    }


    // All connections end: at once, or within the next bytes that they bring.

    cut({ amid = false } = {}) {
        for (const pair of this.pairs) {
            if (amid) {
                pair.cutting = true;
            } else {
                pair.near.destroy();
            }
        }
    }


    stop() {
        this.cut();

        return new Promise((resolve) => {
            this.server.close(resolve);
        });
    }
}


module.exports = { Tunnel };
