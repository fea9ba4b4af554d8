'use strict';

// HTTP clients that wait: for one response, or for what a stream brings.

const http = require('node:http');

const { until, within } = require('./wait');


function connect(port, target, { method = 'GET', headers = {}, body, signal }) {
    return new Promise((resolve, reject) => {
        const request = http.request({ host: '127.0.0.1', port, path: target,
                                       method, headers, agent: false, signal });

        request.on('response', (response) => resolve({ request, response }));
        request.on('error', reject);
        request.end(body);
    });
}


async function readAll(response) {
    const parts = [];

    for await (const part of response) {
        parts.push(part);
    }

    return { status: response.statusCode, reason: response.statusMessage,
             headers: response.headers, body: Buffer.concat(parts).toString() };
}


// The whole response, however long the proxy holds it.

function get(port, target, options = {}) {
    const answer = within(options.ms ?? 30000, `an answer to ${target}`,
                          connect(port, target, options)
                              .then(({ response }) => readAll(response)));

    // a test that has failed waits for nothing any more
    answer.catch(() => {});

    return answer;
}


// A response that goes on.

class Stream {

    static async open(port, target, options = {}) {
        const stream = new Stream();
        const abort = new AbortController();

        // one that comes too late is not left open, for nobody

        const { request, response } = await within(options.ms ?? 10000,
            `a stream of ${target}`,
            connect(port, target, { ...options, signal: abort.signal }))
            .catch((error) => {
                abort.abort();
                throw error;
            });

        stream.request = request;
        stream.response = response;
        stream.status = response.statusCode;
        stream.headers = response.headers;
        stream.text = '';

        response.setEncoding('utf8');
        response.on('data', (part) => {
            stream.text += part;
        });

        stream.ended = new Promise((resolve) => {
            response.on('end', () => resolve('end'));
            response.on('error', () => resolve('error'));
        });

        return stream;
    }


    // Waits until the text is what is expected, which nothing else is.

    async is(expected, ms) {
        try {
            await until('the stream has brought all', () => {
                return this.text.length >= expected.length;
            }, ms);

        } finally {
            if (this.text !== expected) {
                throw new Error(`the stream has brought `
                                + `${JSON.stringify(this.text)}, not `
                                + `${JSON.stringify(expected)}`);
            }
        }
    }


    terminate() {
        this.request.destroy();
    }
}


// A proxy that has just started passes requests on before it can hold any.

function canHold(port, target) {
    return until('the proxy can hold', () => {
        return Stream.open(port, target, { ms: 1000 }).then((stream) => {
            stream.terminate();

            return stream.status === 200;
        }, () => false);
    }, 15000);
}


// A second after the first subscription of a channel the proxy asks again for
// the responses that it holds there, which hear nothing meanwhile, and asks for
// the links of streams.  It does neither to what comes later, while a long-poll
// of the channel is held.
//
// Sometimes it hangs up instead of asking again: a keep-alive between its parts
// went to the wrong one, and a sequence number is missing.  Its log says so; no
// other hang-up will do.

async function settle(pushpin, target, channel) {
    const before = pushpin.canceled();
    let gone = false;

    get(pushpin.port, target).catch(() => {
        gone = true;
    });

    await until(`${channel} has settled`, () => {
        return pushpin.retries(channel) > 0
               || (gone && pushpin.canceled() > before);
    });
}


module.exports = { Stream, canHold, get, settle };
