#!/usr/bin/env node
'use strict';

// Signatures, right and wrong, of a signer that knows nothing of nginx: npm's
// jose, and node's own cryptography for what jose refuses to write.  Each is
// accepted, or refused for the reason that is said here.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const jose = require('jose');

const { ask, now } = require('./lib/origin');
const { suite } = require('./lib/suite');

const SECRET = 'a-secret-of-thirty-two-bytes-or-more';
const MAX = 4096;                               // bytes of a token
const ORDER = BigInt('0xffffffff00000000ffffffffffffffff'
                     + 'bce6faada7179e84f3b9cac2fc632551');

const pair = (type, options) => crypto.generateKeyPairSync(type, options);
const rsa = pair('rsa', { modulusLength: 2048 });
const p256 = pair('ec', { namedCurve: 'P-256' });
const stranger = pair('ec', { namedCurve: 'P-256' });
const secret = (text) => crypto.createSecretKey(Buffer.from(text));
const pem = (key) => key.export({ type: 'spki', format: 'pem' });

// what nginx has, and the only algorithm that is for it

const KEYS = {
    secret: { alg: 'HS256', key: secret(SECRET) },
    ec: { alg: 'ES256', key: p256.privateKey, pem: pem(p256.publicKey) },
    rsa: { alg: 'RS256', key: rsa.privateKey, pem: pem(rsa.publicKey) },
};

const SIGNERS = {
    HS256: KEYS.secret.key, HS384: KEYS.secret.key,
    HS512: secret(SECRET.repeat(2)),
    ES256: KEYS.ec.key, ES384: pair('ec', { namedCurve: 'P-384' }).privateKey,
    ES512: pair('ec', { namedCurve: 'P-521' }).privateKey,
    RS256: KEYS.rsa.key, RS384: KEYS.rsa.key, RS512: KEYS.rsa.key,
    PS256: KEYS.rsa.key, PS384: KEYS.rsa.key, PS512: KEYS.rsa.key,
    EdDSA: pair('ed25519').privateKey,
};

const later = now() + 3600;
const good = { iss: 'pushpin', exp: later };
const url = (part) => Buffer.from(part).toString('base64url');


// The payload may be a text that is no JSON.

function sign(claims, { alg, key }, header = {}) {
    const isText = typeof claims === 'string' || Buffer.isBuffer(claims);
    const payload = isText ? claims : JSON.stringify(claims);

    return new jose.CompactSign(Buffer.from(payload))
        .setProtectedHeader({ alg, ...header }).sign(key);
}


// A good token of so many bytes.

async function sized(length, key) {
    for (const kid of ['', 'k', 'kk', 'kkk']) {
        const room = length - (await sign({ ...good, x: '' }, key,
                                          { kid })).length;

        for (let more = -3; more <= 3; more++) {
            const x = 'x'.repeat(Math.floor(room * 3 / 4) + more);
            const token = await sign({ ...good, x }, key, { kid });

            if (token.length === length) {
                return token;
            }
        }
    }

    throw new Error(`no token has ${length} bytes`);
}


// The signature that a key makes of anything.

function mac(text, { alg, key }) {
    return alg.startsWith('HS')
        ? crypto.createHmac('sha256', key).update(text).digest()
        : crypto.sign('sha256', Buffer.from(text),
                      { key, dsaEncoding: 'ieee-p1363' });
}


// A token of parts that jose would not write: in base64url, as they stand.

function written(header, payload, key) {
    const text = `${header}.${payload}`;

    return `${text}.${url(mac(text, key))}`;
}


const headed = (header, key) => {
    return written(url(header.replace('ALG', key.alg)),
                   url(JSON.stringify(good)), key);
};


// The same bytes, but the bits that no byte needs are not 0; null if there are
// no such bits.

function loose(text) {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
                    + '0123456789-_';
    const last = letters.indexOf(text.at(-1));

    return text.length % 4 ? text.slice(0, -1) + letters[last ^ 1] : null;
}


// JSON of claims -> what is said of it

const CLAIMS = {
    'SUCCESS': {
        'good': good,
        'exp a float': { ...good, exp: later + 0.5 },
        'exp with an exponent': `{"iss":"pushpin","exp":${later / 1000}e3}`,
        'exp huge': '{"iss":"pushpin","exp":1e300}',
        'exp the largest integer': '{"iss":"pushpin",'
                                   + '"exp":9223372036854775807}',
        'nbf past': { ...good, nbf: 1 },
        'nbf negative': { ...good, nbf: -1 },
        'iat in the future': { ...good, iat: later },
        'claims of others': { ...good, aud: ['x'], jti: '1', sub: 'x' },
        'blanks': ` {"iss" : "pushpin" ,\t"exp":\n${later} } `,
        'escapes': `{"\\u0069ss":"push\\u0070in","exp":${later}}`,
        'deep': `{"iss":"pushpin","exp":${later},"x":${'['.repeat(1000)}`
                + `${']'.repeat(1000)}}`,
    },
    'FAILED:expired': {
        'exp now': { ...good, exp: now() },
        'exp a float, past': { ...good, exp: now() - 0.5 },
        'exp 0': { ...good, exp: 0 },
        'exp negative': { ...good, exp: -later },
        'exp negative and huge': '{"iss":"pushpin","exp":-1e300}',
        'exp minus 0': '{"iss":"pushpin","exp":-0.0}',
    },
    'FAILED:no expiry': {
        'exp missing': { iss: 'pushpin' },
        'exp a string': { ...good, exp: `${later}` },
        'exp null': { ...good, exp: null },
        'exp true': { ...good, exp: true },
        'exp a list': { ...good, exp: [later] },
        'exp an object': { ...good, exp: { exp: later } },
        'exp in capitals': { iss: 'pushpin', EXP: later },
        'exp elsewhere': { iss: 'pushpin', x: { exp: later } },
        'nothing': {},
    },
    'FAILED:not yet valid': {
        'nbf in the future': { ...good, nbf: later },
        'nbf huge': '{"iss":"pushpin","exp":1e300,"nbf":1e300}',
    },
    'FAILED:no issuer': {
        'iss missing': { exp: later },
        'iss in capitals': { ISS: 'pushpin', exp: later },
    },
    'FAILED:malformed issuer': {
        'iss empty': { ...good, iss: '' },
        'iss a number': { ...good, iss: 1 },
        'iss null': { ...good, iss: null },
        'iss a list': { ...good, iss: ['pushpin'] },
        'iss too long': { ...good, iss: 'p'.repeat(257) },
    },
    'FAILED:issuer mismatch': {
        'iss of another': { ...good, iss: 'proxy' },
        'iss in capitals': { ...good, iss: 'Pushpin' },
        'iss longer': { ...good, iss: 'pushpin ' },
        'iss shorter': { ...good, iss: 'pushpi' },
        'iss of 256 bytes': { ...good, iss: 'p'.repeat(256) },
    },
    'FAILED:malformed claims': {
        'exp twice': `{"iss":"pushpin","exp":1,"exp":${later}}`,
        'exp twice, once escaped': `{"iss":"pushpin","exp":${later},`
                                   + '"\\u0065xp":1}',
        'iss twice': `{"iss":"pushpin","iss":"proxy","exp":${later}}`,
        'a name twice within': `{"iss":"pushpin","exp":${later},`
                               + '"x":{"a":1,"a":2}}',
        'exp beyond integers': '{"iss":"pushpin","exp":9223372036854775808}',
        'exp beyond floats': '{"iss":"pushpin","exp":1e400}',
        'exp no number of JSON': '{"iss":"pushpin","exp":0x7fffffff}',
        'exp infinite': '{"iss":"pushpin","exp":Infinity}',
        'nbf a string': { ...good, nbf: '1' },
        'nbf null': { ...good, nbf: null },
        'iss with a NUL': `{"iss":"pushpin\\u0000","exp":${later}}`,
        'half a surrogate': `{"iss":"\\ud800","exp":${later}}`,
        'a list': [good],
        'a number': '1',
        'no JSON': 'x',
        'two objects': `${JSON.stringify(good)}{}`,
        'no end': `{"iss":"pushpin","exp":${later}`,
        'a byte order mark': `\ufeff${JSON.stringify(good)}`,
        'no UTF-8': Buffer.from(`{"iss":"push\xff","exp":${later}}`, 'latin1'),
    },
};

const HEADERS = {
    'SUCCESS': {
        'no type': '{"alg":"ALG"}',
        'another type': '{"typ":"at+jwt","alg":"ALG"}',
        'b64 that need not be understood': '{"alg":"ALG","b64":false}',
        'zip, which is of JWE': '{"alg":"ALG","zip":"DEF"}',
        'a path as kid': '{"alg":"ALG","kid":"../../../dev/null"}',
        'addresses of keys': '{"alg":"ALG","jku":"http://127.0.0.1:1/",'
                             + '"x5u":"http://127.0.0.1:1/"}',
    },
    'FAILED:critical extension': {
        'crit': '{"alg":"ALG","crit":["exp"],"exp":1}',
        'crit of b64': '{"alg":"ALG","crit":["b64"],"b64":false}',
        'crit of true b64': '{"alg":"ALG","crit":["b64"],"b64":true}',
        'crit empty': '{"alg":"ALG","crit":[]}',
        'crit null': '{"alg":"ALG","crit":null}',
        'crit a string': '{"alg":"ALG","crit":"exp"}',
    },
    'FAILED:algorithm mismatch': {
        'none': '{"alg":"none"}',
        'None': '{"alg":"None"}',
        'a blank behind it': '{"alg":"ALG "}',
        'empty': '{"alg":""}',
    },
    'FAILED:malformed header': {
        'alg twice': '{"alg":"none","alg":"ALG"}',
        'alg twice, the same': '{"alg":"ALG","alg":"ALG"}',
        'alg twice, once escaped': '{"alg":"ALG","\\u0061lg":"none"}',
        'another name twice': '{"alg":"ALG","kid":"1","kid":"2"}',
        'alg missing': '{"typ":"JWT"}',
        'alg in capitals': '{"ALG":"ALG"}',
        'alg null': '{"alg":null}',
        'alg a list': '{"alg":["ALG"]}',
        'alg with a NUL': '{"alg":"ALG\\u0000"}',
        'a list': '[{"alg":"ALG"}]',
        'no JSON': 'ALG',
        'nothing': '',
        'two objects': '{"alg":"ALG"}{}',
    },
};


// r and s, each 32 bytes

function numbers(bytes) {
    return [0, 32].map((at) => {
        return BigInt(`0x${bytes.subarray(at, at + 32).toString('hex')}`);
    });
}


const bytesOf = (...all) => Buffer.from(all.map((one) => {
    return one.toString(16).padStart(64, '0');
}).join(''), 'hex');


// Of a right signature, what is made of it -> what is said of it.

const BYTES = {
    secret: {
        'cut': [(b) => b.subarray(0, 31)],
        'half': [(b) => b.subarray(0, 16)],
        'longer': [(b) => Buffer.concat([b, b])],
        'one bit': [(b) => Buffer.from([b[0] ^ 1, ...b.subarray(1)])],
        'its last bit': [(b) => Buffer.from([...b.subarray(0, 31), b[31] ^ 1])],
        'zeros': [(b) => Buffer.alloc(b.length)],
        'nothing': [() => Buffer.alloc(0)],
    },
    ec: {
        'in DER': [(b, text) => crypto.sign('sha256', text, p256.privateKey)],
        'r zero': [(b) => bytesOf(0n, numbers(b)[1])],
        's zero': [(b) => bytesOf(numbers(b)[0], 0n)],
        'both zero': [() => bytesOf(0n, 0n)],
        'both one': [() => bytesOf(1n, 1n)],
        'r the order': [(b) => bytesOf(ORDER, numbers(b)[1])],
        's the order': [(b) => bytesOf(numbers(b)[0], ORDER)],
        'both the order': [() => bytesOf(ORDER, ORDER)],
        'all ones': [(b) => Buffer.alloc(b.length, 0xff)],
        'r and s exchanged': [(b) => bytesOf(...numbers(b).reverse())],
        'r alone': [(b) => b.subarray(0, 32)],
        'cut': [(b) => b.subarray(0, 63)],
        'longer': [(b) => Buffer.concat([b, Buffer.alloc(1)])],
        'zeros before both': [(b) => Buffer.concat([
            Buffer.alloc(1), b.subarray(0, 32),
            Buffer.alloc(1), b.subarray(32)])],
        'nothing': [() => Buffer.alloc(0)],
        'of another key': [(b, text) => mac(text, { alg: 'ES256',
                                                key: stranger.privateKey })],

        // ECDSA has two signatures of everything; nothing depends on which
        'minus s': [(b) => bytesOf(numbers(b)[0], ORDER - numbers(b)[1]),
                    'SUCCESS'],
    },
    rsa: {
        'cut': [(b) => b.subarray(1)],
        'a zero before it': [(b) => Buffer.concat([Buffer.alloc(1), b])],
        'zeros': [(b) => Buffer.alloc(b.length)],
        'one': [(b) => Buffer.concat([Buffer.alloc(b.length - 1),
                                      Buffer.from([1])])],
        'all ones': [(b) => Buffer.alloc(b.length, 0xff)],
        'the modulus': [() => Buffer.from(rsa.publicKey.export(
            { format: 'jwk' }).n, 'base64url')],
        'nothing': [() => Buffer.alloc(0)],
        'PSS': [(b, text) => crypto.sign('sha256', text, {
            key: rsa.privateKey,
            padding: crypto.constants.RSA_PKCS1_PSS_PADDING })],
        'SHA-512': [(b, text) => crypto.sign('sha512', text, rsa.privateKey)],
    },
};


suite(async ({ bench, test }) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grip-keys-'));

    process.on('exit', () => fs.rmSync(folder, { recursive: true }));

    const locations = Object.entries(KEYS).map(([name, key]) => {
        const file = path.join(folder, `${name}.pem`);

        if (key.pem) {
            fs.writeFileSync(file, key.pem);
        }

        return `location /${name} {
                    grip_verify_key ${key.pem ? `file:${file}` : SECRET}
                                    iss=pushpin;
                    grip_verify     off;
                    return          200 $grip_verify;

                    location /${name}/on {
                        grip_verify on;
                        try_files   /none =204;
                    }
                }`;
    });

    const nginx = await bench.nginx({ server: locations.join('\n') });
    let count = 0;


    // what is said of it, and done

    async function is(name, token, expected, what) {
        const headers = { 'Grip-Sig': token };
        const said = await ask(nginx.port, { method: 'GET', headers,
                                             target: `/${name}` });
        const done = await ask(nginx.port, { method: 'GET', headers,
                                             target: `/${name}/on` });

        assert.equal(`${said.body}`, expected, `${name}: ${what}`);
        assert.equal(done.status, expected === 'SUCCESS' ? 204 : 403,
                     `${name}: ${what}`);
        count++;
    }


    await test('row 35: each algorithm with each key', async () => {
        for (const [alg, key] of Object.entries(SIGNERS)) {
            const token = await sign(good, { alg, key });

            for (const name of Object.keys(KEYS)) {
                await is(name, token, KEYS[name].alg === alg
                    ? 'SUCCESS' : 'FAILED:algorithm mismatch', alg);
            }
        }
    });


    await test('row 35: the algorithm of the key, signed by another',
               async () => {
        for (const [name, { alg, pem: text }] of Object.entries(KEYS)) {
            const header = url(JSON.stringify({ alg }));
            const input = `${header}.${url(JSON.stringify(good))}`;
            const secrets = ['', 'x', ...(text ? [text, text.trim()] : [])];

            for (const one of secrets) {
                const key = { alg: 'HS256', key: secret(one) };

                await is(name, written(...input.split('.'), key),
                         'FAILED:signature mismatch', `HS256 ${one}`);
            }

            for (const other of Object.values(KEYS)) {
                if (other.alg !== alg) {
                    await is(name, written(...input.split('.'), other),
                             'FAILED:signature mismatch', other.alg);
                }
            }
        }

        // nor does a token bring the key to verify it by

        const key = { alg: 'ES256', key: stranger.privateKey };
        const jwk = await jose.exportJWK(stranger.publicKey);

        await is('ec', await sign(good, key, { jwk }),
                 'FAILED:signature mismatch', 'a key of its own');
    });


    for (const [title, cases, token] of [
        ['claims', CLAIMS, (claims, key) => sign(claims, key)],
        ['headers', HEADERS, headed],
    ]) {
        await test(`row 35: ${title} with each key`, async () => {
            for (const [expected, all] of Object.entries(cases)) {
                for (const [what, one] of Object.entries(all)) {
                    for (const [name, key] of Object.entries(KEYS)) {
                        await is(name, await token(one, key), expected, what);
                    }
                }
            }
        });
    }


    await test('row 35: bytes of signatures', async () => {
        for (const [name, all] of Object.entries(BYTES)) {
            const token = await sign(good, KEYS[name]);
            const [, text, own] = token.match(/^(.*)\.(.*)$/);
            const bytes = Buffer.from(own, 'base64url');

            for (const [what, [change, expected]] of Object.entries(all)) {
                const other = url(change(bytes, Buffer.from(text)));

                await is(name, `${text}.${other}`,
                         expected ?? 'FAILED:signature mismatch', what);
            }
        }
    });


    await test('row 35: base64url has one spelling', async () => {
        for (const [name, key] of Object.entries(KEYS)) {
            const token = await sign(good, key);
            const [header, payload, own] = token.split('.');
            const text = `${header}.${payload}`;

            for (const [what, one] of [['loose bits', loose(own)],
                                       ['padding', `${own}=`],
                                       ['all padding', `${own}==`],
                                       ['the other alphabet',
                                        `+/${own.slice(2)}`],
                                       ['a percent', `%41${own}`],
                                       ['a blank', `${own.slice(0, 8)} `
                                                   + own.slice(8)]])
            {
                await is(name, `${text}.${one}`, 'FAILED:malformed signature',
                         what);
            }

            // signed as they are written

            for (const [claims, what] of [[' ', 'one'], ['  ', 'two']]) {
                const body = loose(url(JSON.stringify(good) + claims));

                if (body) {
                    await is(name, written(header, body, key),
                             'FAILED:malformed claims', what);
                }
            }

            for (const end of ['=', '==', 'A', '+', ' ', '\t']) {
                await is(name, written(url(`{"alg":"${key.alg}"} `) + end,
                                       payload, key),
                         'FAILED:malformed header', `header and ${end}`);
                await is(name, written(header, payload + end, key),
                         'FAILED:malformed claims', `claims and ${end}`);
            }
        }
    });


    await test('row 35: parts and size', async () => {
        for (const [name, key] of Object.entries(KEYS)) {
            const token = await sign(good, key);
            const [header, payload, own] = token.split('.');

            for (const [expected, one] of [
                ['malformed token', 'x'],
                ['malformed token', `${header}.${payload}`],
                ['malformed token', JSON.stringify({ payload })],
                ['malformed header', '..'],
                ['malformed header', `.${token}`],
                ['malformed header', `.${payload}.${own}`],
                ['malformed header', `Bearer ${token}`],
                ['malformed header', `"${token}"`],
                ['signature mismatch', `${header}.${payload}.`],
                ['signature mismatch', `${header}..${own}`],
                ['malformed header', `${payload}.${header}.${own}`],
                ['malformed signature', `${token}.`],
                ['malformed signature', `${token}.x.y`],
                ['malformed signature', `${token},${token}`],
            ]) {
                await is(name, one, `FAILED:${expected}`, one);
            }

            await is(name, await sized(MAX, key), 'SUCCESS', 'at most');
            await is(name, await sized(MAX + 1, key), 'FAILED:token too long',
                     'one more');
            await is(name, 'x'.repeat(MAX), 'FAILED:malformed token',
                     'no dots');
            await is(name, 'x'.repeat(MAX + 1), 'FAILED:token too long',
                     'no token');
        }
    });


    await test('that were some hundreds', () => {
        assert.ok(count > 300, `${count}`);
        console.log(`# ${count} signatures`);
    });
});
