'use strict';

// Free ports, outside the range from which the kernel takes its own.  Each
// process looks in a slice of its own first, as test files may run in parallel.

const net = require('node:net');

const FIRST = 19000;
const COUNT = 1000;
const SLICE = 25;

let next = (process.pid * SLICE) % COUNT;


function isFree(port) {
    return new Promise((resolve) => {
        const server = net.createServer();

        server.once('error', () => resolve(false));
        server.listen(port, '127.0.0.1', () => {
            server.close(() => resolve(true));
        });
    });
}


async function freePort() {
    for (let tries = 0; tries < COUNT; tries++) {
        const port = FIRST + next;

        next = (next + 1) % COUNT;

        if (await isFree(port)) {
            return port;
        }
    }

    throw new Error(`no free port in ${FIRST}-${FIRST + COUNT - 1}`);
}


module.exports = { freePort };
