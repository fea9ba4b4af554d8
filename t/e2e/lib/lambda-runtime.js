'use strict';

// node lambda-runtime.js PORT FOLDER
//
// Serves the invoke path of the Lambda API, whose functions are the files of
// the folder, each with a "handler".
//
// A handler of Node.js answers by its callback or by the promise that it
// returns, and the one that comes first counts: an async handler that has
// called its callback is not asked for what its promise resolves to.  (That
// holds for the runtimes up to Node.js 22; from 24 on Lambda knows promises
// alone.  There, the callback's answer waits until the event loop is empty,
// which that of a server never is: here it goes out at once.)  An exception or
// a rejection is the error of the function: the answer has status 200 as any
// other, and a header tells it from a result.

const http = require('node:http');
const path = require('node:path');

const [port, folder] = process.argv.slice(2);


function invoke(handler, event, context) {
    return new Promise((resolve, reject) => {
        const callback = (error, result) => {
            if (error === undefined || error === null) {
                resolve(result);
            } else {
                reject(error);
            }
        };

        const promise = handler(event, context, callback);

        if (typeof promise?.then === 'function') {
            promise.then(resolve, reject);
        }
    });
}


async function answer(name, body) {
    try {
        const { handler } = require(path.join(folder, `${name}.js`));
        const result = await invoke(handler, JSON.parse(body),
                                    { functionName: name });

        return [{}, result ?? null];

    } catch (error) {
        return [{ 'X-Amz-Function-Error': 'Unhandled' },
                { errorType: error.name ?? typeof error,
                  errorMessage: error.message ?? String(error),
                  trace: String(error.stack).split('\n') }];
    }
}


function nameOf({ method, url }) {
    const match = /^\/2015-03-31\/functions\/(\w+)\/invocations$/.exec(url);

    return method === 'POST' && match ? match[1] : null;
}


const server = http.createServer(async (request, response) => {
    const name = nameOf(request);
    const parts = [];

    if (name === null) {
        response.writeHead(404).end();
        return;
    }

    for await (const part of request) {
        parts.push(part);
    }

    const [headers, result] = await answer(name, Buffer.concat(parts));

    response.writeHead(200, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify(result));
});

server.listen(Number(port), '127.0.0.1');
