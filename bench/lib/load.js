'use strict';

// Requests: one that is checked, and then as many as wrk can send.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');

const { MessageReader } = require('../../t/e2e/lib/message');

const { LOAD_CORE, run } = require('./program');
const { BENCH } = require('./servers');


// request: { method, path, headers, body, tokens }

function bytesOf({ method = 'POST', path, headers, body, tokens }) {
    const fields = { Host: 'localhost', ...headers };

    if (tokens) {
        fields['Grip-Sig'] = tokens[0];
    }

    if (body) {
        fields['Content-Length'] = body.length;
    }

    const lines = Object.entries(fields).map(([name, value]) => {
        return `${name}: ${value}\r\n`;
    });

    const head = `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;

    return Buffer.concat([Buffer.from(head), body ?? Buffer.alloc(0)]);
}


function connect(port) {
    return new Promise((resolve, reject) => {
        const socket = net.connect(port, '127.0.0.1');

        socket.once('error', reject);
        socket.once('connect', () => resolve(socket));
    });
}


// A connection that sends one request after another.

class Connection {

    constructor(socket) {
        this.socket = socket;
        this.waiting = [];

        const fail = () => {
            for (const { reject } of this.waiting) {
                reject(new Error('the connection was closed'));
            }
        };

        socket.on('error', fail);
        socket.on('close', fail);

        new MessageReader(socket, (message) => {
            this.waiting.shift().resolve(message);
        });
    }


    static async open(port) {
        return new Connection(await connect(port));
    }


    ask(bytes) {
        this.socket.write(bytes);

        return this.answer();
    }


    answer() {
        return new Promise((resolve, reject) => {
            this.waiting.push({ resolve, reject });
        });
    }


    close() {
        this.socket.destroy();
    }
}


// Byte for byte.  Returns how many bytes an answer is, all told.

async function check(name, port, request, expected) {
    const connection = await Connection.open(port);
    const answer = await connection.ask(bytesOf(request));

    connection.close();

    assert.equal(answer.status, 200, `${name}: status ${answer.status}`);
    assert.ok(answer.body.equals(Buffer.from(expected)),
              `${name} answers ${answer.body.length} bytes, not the `
              + `${expected.length} that are right: `
              + JSON.stringify(answer.body.toString('latin1', 0, 100)));

    if (request.headers?.['Content-Type']) {
        assert.ok(request.anyType || answer.header('content-type')
                                     === request.headers['Content-Type'],
                  `${name}: Content-Type ${answer.header('content-type')}`);
    }

    return answer.raw.length;
}


function luaString(value) {
    const text = Buffer.from(value).toString('latin1');

    return `"${text.replace(/[^ !#-[\]-~]/g, (ch) => {
        return `\\${String(ch.charCodeAt(0)).padStart(3, '0')}`;
    })}"`;
}


function luaCase({ method = 'POST', headers, body, tokens }) {
    const fields = Object.entries(headers ?? {}).map(([name, value]) => {
        return `[${luaString(name)}] = ${luaString(value)}`;
    });

    return `return {
method = ${luaString(method)},
headers = { ${fields.join(', ')} },
body = ${body ? luaString(body) : 'nil'},
tokens = ${tokens ? `{ ${tokens.map(luaString).join(',\n')} }` : 'nil'}
}
`;
}


// The results of wrk: { requests, seconds, bytes, errors, p50, p99 }, the
// latter in microseconds.  size is that of an answer: should others have come,
// the sum of them tells.

async function load(name, port, request, { seconds, connections, folder,
                                           size, awake, awakeLibrary })
{
    const file = `${folder}/case.lua`;
    const env = { BENCH_CASE: file,
                  LD_PRELOAD: awake ? awakeLibrary : '' };

    fs.writeFileSync(file, luaCase(request));

    // wrk takes whole seconds
    const output = await run(LOAD_CORE, 'wrk',
                             ['-t1', `-c${connections}`,
                              `-d${Math.max(1, Math.round(seconds))}s`,
                              '--timeout', '10s', '-s', `${BENCH}/wrk.lua`,
                              `http://127.0.0.1:${port}${request.path}`],
                             { env });

    const result = JSON.parse(output.slice(output.lastIndexOf('{')));
    const rest = result.bytes - result.requests * size;

    assert.ok(result.requests > 0, `${name}: no request was answered`);
    assert.equal(result.errors, 0, `${name}: ${result.errors} errors`);
    assert.ok(Math.abs(rest) <= connections * size,
              `${name}: some answers were not ${size} bytes long`);

    return result;
}


module.exports = { Connection, bytesOf, check, connect, load };
