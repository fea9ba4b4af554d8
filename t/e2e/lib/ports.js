'use strict';

// Free ports, outside the range from which the kernel takes its own.  Test
// files run in parallel: each has a slice of the range, and holds it by
// listening on the first port of it.

const net = require('node:net');

const FIRST = 19000;
const SLICES = 40;
const SIZE = 25;

let slice = null;
let next = 0;


// Resolves with a listening server, or with null where the port is taken.

function listen(port) {
    return new Promise((resolve) => {
        const server = net.createServer();

        server.once('error', () => resolve(null));
        server.listen(port, '127.0.0.1', () => resolve(server));
    });
}


async function takeSlice() {
    for (let i = 0; i < SLICES; i++) {
        const first = FIRST + (process.pid + i) % SLICES * SIZE;
        const lock = await listen(first);

        if (lock) {
            lock.unref();
            return first;
        }
    }

    throw new Error(`all ports from ${FIRST} on are taken`);
}


async function freePort() {
    slice ??= await takeSlice();

    for (let i = 1; i < SIZE; i++) {
        const port = slice + 1 + next++ % (SIZE - 1);
        const server = await listen(port);

        if (server) {
            await new Promise((resolve) => server.close(resolve));
            return port;
        }
    }

    throw new Error(`no free port from ${slice} to ${slice + SIZE - 1}`);
}


module.exports = { freePort };
