'use strict';

// Talks straight to an origin, as Pushpin or an impostor would.

const crypto = require('node:crypto');
const net = require('node:net');

const { MessageReader } = require('./message');
const { within } = require('./wait');

const MEDIA_TYPE = 'application/websocket-events';


const now = () => Math.floor(Date.now() / 1000);


// A signature of an issuer, HS256: what Pushpin sends as Grip-Sig.

function signature({ key = 'changeme', header = { typ: 'JWT', alg: 'HS256' },
                     ...claims } = {}) {
    const all = { iss: 'pushpin', exp: now() + 3600, ...claims };
    const token = [header, all].map((part) => {
        return Buffer.from(JSON.stringify(part)).toString('base64url');
    }).join('.');

    const mac = crypto.createHmac('sha256', key).update(token);

    return `${token}.${mac.digest('base64url')}`;
}


// Headers with the value null are left out, those with an array of values are
// as many lines.

function ask(port, { method = 'POST', target = '/', headers = {}, body = '',
                     ms = 10000 }) {
    const bytes = Buffer.from(body);
    const fields = { Host: 'localhost', Connection: 'close',
                     'Content-Length': bytes.length, ...headers };

    const head = Object.entries(fields)
        .filter(([, value]) => value !== null)
        .flatMap(([name, values]) => {
            return [values].flat().map((value) => `${name}: ${value}\r\n`);
        }).join('');

    const socket = net.connect(port, '127.0.0.1');

    return within(ms, 'an answer', new Promise((resolve, reject) => {
        new MessageReader(socket, resolve);

        socket.on('error', reject);
        socket.on('close', () => reject(new Error('closed without an answer')));
        socket.write(`${method} ${target} HTTP/1.1\r\n${head}\r\n`);
        socket.write(bytes);
    })).finally(() => socket.destroy());
}


// A request of the proxy about a WebSocket client.

function askEvents(port, target, body, headers = {}) {
    return ask(port, { target, body,
                       headers: { 'Content-Type': MEDIA_TYPE,
                                  Accept: MEDIA_TYPE,
                                  'Connection-Id': 'b5ea0e11',
                                  'Sec-WebSocket-Extensions': 'grip',
                                  'Grip-Sig': signature(),
                                  ...headers } });
}


// The sum of all series of that name, of grip_metrics in "location = /metrics".

async function metric(port, name) {
    const { body } = await ask(port, { method: 'GET', target: '/metrics' });

    return `${body}`.split('\n')
        .filter((line) => line.startsWith(`${name}{`))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}


// Publishes as anybody could who reaches the control port of the proxy.

async function publish(control, ...items) {
    const response = await ask(control, {
        target: '/publish/', body: JSON.stringify({ items }),
        headers: { 'Content-Type': 'application/json' },
    });

    if (response.status !== 200) {
        throw new Error(`publishing: ${response.start} ${response.body}`);
    }
}


module.exports = { MEDIA_TYPE, ask, askEvents, metric, now, publish,
                   signature };
