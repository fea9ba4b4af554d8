'use strict';

// An echo and a chat made with faas-grip, as its manual shows.  The library is
// for AWS Lambda, so requests become what Lambda would make of them.
//
//   GRIP_URL=... node faas-grip.js PORT

process.noDeprecation = true;

const http = require('node:http');

const faasGrip = require('faas-grip');
const grip = require('grip');


async function handle(target, ws) {
    if (ws.isOpening()) {
        ws.accept();
        ws.subscribe('room');
    }

    while (ws.canRecv()) {
        const message = ws.recv();

        if (message === null) {
            ws.close();
            break;
        }

        if (target === '/echo') {
            ws.send(message);
        } else {
            await faasGrip.publish('room',
                                   new grip.WebSocketMessageFormat(message));
        }
    }
}


async function answer(request, response, body) {
    const ws = faasGrip.lambdaGetWebSocket({ httpMethod: request.method,
                                             headers: request.headers,
                                             body,
                                             isBase64Encoded: false });

    await handle(request.url, ws);

    const { statusCode, headers, body: base64 } = ws.toResponse();
    const bytes = Buffer.from(base64, 'base64');

    response.writeHead(statusCode, { ...headers,
                                     'Content-Length': bytes.length });
    response.end(bytes);
}


http.createServer((request, response) => {
    const parts = [];

    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
        answer(request, response, Buffer.concat(parts)).catch((error) => {
            console.error(error);
            response.writeHead(500).end();
        });
    });
}).listen(Number(process.argv[2]), '127.0.0.1', 4096);
