'use strict';

// The function that t/soak/run calls: it acknowledges a message.

const http = require('node:http');

const server = http.createServer(async (request, response) => {
    const parts = [];

    for await (const part of request) {
        parts.push(part);
    }

    response.setHeader('Content-Type', 'text/plain');
    response.end(`ack ${Buffer.concat(parts)}`);
});

server.listen(Number(process.argv[2]), '127.0.0.1', () => {
    console.log('ready');
});

process.once('SIGTERM', () => process.exit(0));
