'use strict';

// A Lambda runtime within the test, whose functions are its own closures: each
// gets the event, and returns the result or throws the error of the function.

const http = require('node:http');


async function invoke(handler, event) {
    try {
        return [{}, await handler(event) ?? null];

    } catch (error) {
        return [{ 'X-Amz-Function-Error': 'Unhandled' },
                { errorType: error.name, errorMessage: error.message }];
    }
}


class Functions {

    constructor(handlers) {
        this.handlers = handlers;
        this.events = [];

        this.server = http.createServer(async (request, response) => {
            const name = /^\/2015-03-31\/functions\/(\w+)\/invocations$/
                .exec(request.url)?.[1];
            const parts = [];

            for await (const part of request) {
                parts.push(part);
            }

            const event = JSON.parse(Buffer.concat(parts));

            this.events.push({ name, event });

            const [headers, result] = await invoke(this.handlers[name], event);

            response.writeHead(200, { 'Content-Type': 'application/json',
                                      ...headers });
            response.end(JSON.stringify(result));
        });
    }


    start(port) {
        return new Promise((resolve) => {
            this.server.listen(port, '127.0.0.1', resolve);
        });
    }


    stop() {
        this.server.closeAllConnections();
        this.server.close();
    }


    // The first event that came to the function of that name and fits.

    event(name, fits = () => true) {
        return this.events.find((one) => one.name === name && fits(one.event))
            ?.event;
    }
}


module.exports = { Functions };
