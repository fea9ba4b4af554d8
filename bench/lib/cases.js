'use strict';

// The cases whose contenders are asked the same, one after another.

const crypto = require('node:crypto');
const fs = require('node:fs');

const { SERVER_CORE, run } = require('./program');
const { events, repeat, signed, signedES256 } = require('./requests');
const { MESSAGE } = require('./servers');
const { ratio } = require('./stats');

const TOKENS = 4000;


function es256Key(folder) {
    const { privateKey, publicKey } = crypto.generateKeyPairSync(
        'ec', { namedCurve: 'P-256' });

    fs.writeFileSync(`${folder}/es256.pem`,
                     publicKey.export({ type: 'spki', format: 'pem' }),
                     { mode: 0o644 });

    return privateKey;
}


// OpenSSL's own program, which loads the key once.  It is to count the time that
// passes, as all others do, and not its own.

async function opensslVerify({ seconds }) {
    const output = await run(SERVER_CORE, 'openssl',
                             ['speed', '-elapsed', '-seconds',
                              String(Math.ceil(seconds)), 'ecdsap256']);
    const found = /\(nistp256\).*\s([\d.]+)\s*$/m.exec(output);

    if (!found) {
        throw new Error(`openssl speed says:\n${output}`);
    }

    return { rate: Number(found[1]), cpu: 1e6 / found[1] };
}


function goal(text, value, op, limit) {
    return { text, value: value.median ?? value, low: value.low,
             high: value.high, op, limit };
}


function echo() {
    const request = events('/echo', [MESSAGE]);

    return {
        name: 'echo', title: 'Echo of 49 bytes', connections: 16,
        contenders: [
            { name: 'return 200', server: 'plain', ...request },
            { name: 'grip', server: 'grip', ...request },
            { name: 'Lua', server: 'lua', ...request },
            { name: 'faas-grip', server: 'faasGrip', ...request },
            { name: 'serve-grip', server: 'serveGrip', ...request },
        ],
        goals: ({ grip, 'return 200': base, Lua, 'faas-grip': faas }) => [
            goal('requests/s against `return 200`',
                 ratio(grip, base, 'rate'), '≥', 0.9),
            goal('CPU of `return 200` against it',
                 ratio(base, grip, 'cpu'), '≥', 0.9),
            goal('CPU of Lua against it', ratio(Lua, grip, 'cpu'), '≥', 1.15),
            goal('CPU of faas-grip against it',
                 ratio(faas, grip, 'cpu'), '≥', 5),
        ],
    };
}


function hs256() {
    const request = signed('/hs256', 'changeme');

    return {
        name: 'hs256', title: 'Echo of 49 bytes, verified with HS256',
        connections: 16,
        contenders: [
            { name: 'unverified', server: 'grip', ...request, path: '/echo' },
            { name: 'grip', server: 'grip', ...request },
            { name: 'serve-grip', server: 'serveGripKey', ...request },
        ],
        goals: ({ grip, unverified }) => [
            goal('requests/s against those without verification',
                 ratio(grip, unverified, 'rate'), '≥', 0.85),
        ],
    };
}


function es256(privateKey) {
    return {
        name: 'es256', title: 'Echo of 49 bytes, verified with ES256, each '
                              + 'token a new one',
        connections: 16,
        contenders: [
            { name: 'openssl speed', measure: opensslVerify },
            { name: 'grip', server: 'grip',
              ...signedES256('/es256', privateKey, TOKENS) },
        ],
        goals: ({ grip, 'openssl speed': openssl }) => [
            goal("requests/s against OpenSSL's verifications/s",
                 ratio(grip, openssl, 'rate'), '≥', 0.85),
        ],
    };
}


function batch() {
    const request = events('/echo', repeat(100, (i) => {
        return String(i).padStart(64, 'message ');
    }));

    return {
        name: 'batch', title: '100 messages of 64 bytes in a request',
        connections: 16,
        contenders: [
            { name: 'echo module', server: 'echo', ...request,
              expected: request.body },
            { name: 'grip', server: 'grip', ...request },
            { name: 'Lua', server: 'lua', ...request },
            { name: 'faas-grip', server: 'faasGrip', ...request },
            { name: 'serve-grip', server: 'serveGrip', ...request },
        ],
        goals: ({ grip, 'echo module': base, Lua, 'faas-grip': faas }) => [
            goal('requests/s against Lua', ratio(grip, Lua, 'rate'),
                 '≥', 1.5),
            goal('requests/s against faas-grip', ratio(grip, faas, 'rate'),
                 '≥', 25),
            goal('CPU against the echo module', ratio(grip, base, 'cpu'),
                 '≤', 1.25),
        ],
    };
}


function large() {
    const request = events('/large', ['0123456789'.repeat(20000)]);

    return {
        name: 'large', title: 'A message of 200 kB', connections: 16,
        contenders: [
            { name: 'echo module', server: 'echo', ...request,
              expected: request.body },
            { name: 'grip', server: 'grip', ...request },
        ],
        goals: ({ grip, 'echo module': base }) => [
            goal('CPU against the echo module', ratio(grip, base, 'cpu'),
                 '≤', 1.25),
        ],
    };
}


function rules() {
    const json = JSON.stringify({ type: 'message', text: MESSAGE });

    return {
        name: 'rules', title: 'Ten rules with regexes, of which the last '
                              + 'matches; a rule by a member of JSON',
        connections: 16,
        contenders: [
            { name: 'one rule', server: 'grip', ...events('/echo', [MESSAGE]) },
            { name: 'ten regexes', server: 'grip',
              ...events('/rules', [MESSAGE]) },
            { name: 'JSON', server: 'grip', ...events('/json', [json]) },
        ],
        goals: () => [],
    };
}


function hold() {
    const request = { method: 'GET', path: '/hold',
                      expected: 'stream opened, prepare yourself!\n' };

    return {
        name: 'hold', title: 'A held response', connections: 16,
        contenders: [
            { name: 'return 200', server: 'plain', ...request },
            { name: 'grip', server: 'grip', ...request },
        ],
        goals: () => [],
    };
}


module.exports = { batch, echo, es256, es256Key, goal, hold, hs256, large,
                   rules };
