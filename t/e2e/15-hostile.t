#!/usr/bin/env node
'use strict';

// A client that writes whatever nginx believes of the proxy, in every spelling,
// through the proxy, over routes of each kind.  nginx has to believe what it
// believes of an honest client.  Headers of which that is not so are the
// client's: SECURITY.md has a table of both, which GRIP_WRITE=1 writes.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');

const { root } = require('./lib/nginx');
const { within } = require('./lib/wait');
const { signature } = require('./lib/origin');
const { suite } = require('./lib/suite');

const FILE = path.join(root, 'SECURITY.md');
const TABLE = /(<!-- table -->\n)[^]*?(\n<!-- end -->)/;
const FORGED = 'forged';
const PARALLEL = 8;

// header -> what is written there

const HEADERS = {
    'Connection-Id': FORGED,
    'Meta-User': FORGED,
    'Meta-User-Id': FORGED,
    'Set-Meta-User': FORGED,
    'Grip-Sig': signature({ iss: FORGED }),
    'Grip-Feature': FORGED,
    'Grip-Last': `room; last-id=${FORGED}`,
    'Grip-Event': FORGED,
    'Grip-Message-Type': FORGED,
    'Grip-Close-Code': '1000',
    'Grip-Status': '403',
    'Grip-Hold': 'stream',
    'Grip-Channel': FORGED,
    'Sec-WebSocket-Extensions': 'grip; message-prefix="x:"',
    'Sec-WebSocket-Protocol': FORGED,
    'Keep-Alive-Interval': '20',
    'Content-Bytes-Replayed': '1',
    'Last-Event-ID': FORGED,
    'Connection': 'Grip-Sig, Connection-Id, Grip-Feature, Meta-User',
    'X-HTTP-Method-Override': 'POST',
};

// lines of a header that has this name and value

const SPELLINGS = {
    'as it is': (n, v) => [`${n}: ${v}`],
    'small': (n, v) => [`${n.toLowerCase()}: ${v}`],
    'capitals': (n, v) => [`${n.toUpperCase()}: ${v}`],
    'an underscore': (n, v) => [`${n.replace('-', '_')}: ${v}`],
    'underscores': (n, v) => [`${n.replaceAll('-', '_')}: ${v}`],
    'an underscore behind': (n, v) => [`${n}_: ${v}`],
    'no blank': (n, v) => [`${n}:${v}`],
    'tabs': (n, v) => [`${n}:\t${v}\t`],
    'a blank behind the name': (n, v) => [`${n} : ${v}`],
    'a tab behind the name': (n, v) => [`${n}\t: ${v}`],
    'twice': (n, v) => [`${n}: ${v}`, `${n}: ${v}`],
    'nothing first': (n, v) => [`${n}:`, `${n}: ${v}`],
    'nothing last': (n, v) => [`${n}: ${v}`, `${n}:`],
    'nothing': (n) => [`${n}:`],
    'folded': (n, v) => [`${n}:`, ` ${v}`],
    'behind a line feed': (n, v) => [`X-Line: x\n${n}: ${v}`],
    'behind a carriage return': (n, v) => [`X-Line: x\r${n}: ${v}`],
    'behind a NUL': (n, v) => [`X-Line: x\0\r\n${n}: ${v}`],
};

// The proxy may refuse lines that are none, and empty lists of extensions, or
// hang up.  All else is answered as an honest client's, or "not believed" would
// mean no more than that nobody has read it.

const REFUSED = ['a blank behind the name', 'a tab behind the name', 'folded',
                'behind a carriage return', 'behind a NUL'];

function mayBeRefused({ name, what }) {
    return REFUSED.includes(what)
           || (name === 'Sec-WebSocket-Extensions' && /^nothing/.test(what));
}

// route -> its conditions

const ROUTES = {
    sockets: { over: true, key: 'secret-of-the-sockets' },
    mixed: { over: true },
    own: { over: false, key: 'secret-of-the-pages' },
    plain: { over: false },
};

const METHODS = ['GET', 'PUT'];            // and POST to a function

const VARIABLES = ['event', 'connection_id', 'connection_channel', 'meta_user',
                   'meta_user_id', 'features', 'verify', 'iss', 'last_id',
                   'last_id_room', 'close_code'];

// in the event of a function: names that only the proxy, or nginx, may have
// written, and those of answers and handshakes

const OWN = /^(meta[-_]|grip[-_]|connection([-_]id)?$|keep|set.m|content.by)/i;
const HANDSHAKE = /^sec.websocket.(ext|prot)/i;


// Of the event of a function what it says of the connection.

function told(text) {
    return text.replace(/\{"(?:version|resource|connection)".*\}/, (json) => {
        const { headers, ...rest } = JSON.parse(json);
        const { httpMethod, meta, connection, event } = rest;
        const own = Object.entries(headers)
            .filter(([name]) => OWN.test(name) || HANDSHAKE.test(name));

        return JSON.stringify({ own, httpMethod, meta, connection, event });
    });
}


// The messages without their frames: these differ between connections.

function alike(text) {
    return told(text.replace(/\x81[^]*?(?=\{)/g, ' '))
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID');
}


// The answer to a request, when it is whole; '' if there is none.

function exchange(port, lines, more, whole) {
    const socket = net.connect(port, '127.0.0.1');
    let bytes = Buffer.alloc(0);

    return within(10000, `an answer to ${lines[0]}`, new Promise((resolve) => {
        socket.on('error', () => resolve(''));
        socket.on('close', () => resolve(bytes.toString('latin1')));
        socket.on('data', (data) => {
            bytes = Buffer.concat([bytes, data]);

            const text = bytes.toString('latin1');

            if (whole(text)) {
                resolve(text);
            }
        });

        socket.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
        socket.write(more);
    })).finally(() => socket.destroy());
}


// A status and what nginx believes.

async function page(port, method, target, lines) {
    const text = await exchange(port, [
        `${method} ${target} HTTP/1.1`, 'Host: localhost', 'Content-Length: 0',
        ...lines, ...lines.some((line) => /^connection:/i.test(line))
            ? [] : ['Connection: close'],
    ], '', (all) => {
        const length = /\r\ncontent-length: (\d+)/i.exec(all);
        const head = all.indexOf('\r\n\r\n');

        return head >= 0 && length && all.length >= head + 4 + +length[1];
    });

    const [head, ...body] = text.split('\r\n\r\n');

    return { status: Number(head.split(' ')[1] ?? 0),
             text: alike(body.join('\r\n\r\n')) };
}


// The same of a WebSocket, by what its first message is answered.

const MESSAGE = Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x78]);

async function socket(port, target, lines) {
    const text = await exchange(port, [
        `GET ${target} HTTP/1.1`, 'Host: localhost', 'Upgrade: websocket',
        'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', ...lines,
    ], MESSAGE, (all) => {
        // a close ends it as well
        return /END|\x88/.test(all) || !all.startsWith('HTTP/1.1 101');
    });

    const begin = text.indexOf('BEGIN');

    return { status: Number(text.split(' ')[1] ?? 0),
             text: begin < 0 ? '' : alike(text.slice(begin)) };
}


suite(async ({ bench, test }) => {
    const all = VARIABLES.map((name) => `${name}=$grip_${name}`).join(' ');

    const stack = await bench.stack({
        routes: Object.entries(ROUTES).map(([name, { over, key }]) => {
            return `*,path_beg=/${name}`
                   + (key ? `,sig_iss=${name},sig_key=${key}` : '')
                   + ` %s${over ? ',over_http' : ''}\n`;
        }).join('') + '* %s\n',

        http: `
            underscores_in_headers on;

            server {
                listen unix:functions.sock;

                location /lambda {
                    return 200 '{"statusCode": 200, "body":
                                 "$grip_escaped_http_x_event"}';
                }

                location /json {
                    return 200 '[{"send": "$grip_escaped_http_x_event END"}]';
                }
            }
        `,

        server: Object.entries(ROUTES).map(([name, { key }]) => `
            location /${name} {
                ${key ? `grip_verify_key ${key} iss=${name};` : ''}
                grip_verify optional;

                location /${name}/page   { return 200 "${all}"; }
                location /${name}/lambda { grip_lambda /fn/lambda; }
                location /${name}/ws {
                    grip_websocket;
                    grip_verify on;
                    grip_on text {
                        send "BEGIN ${all}";
                        call /fn/json as=json;
                    }
                }
            }
        `).join('\n') + `
            location /fn/ {
                internal;
                proxy_pass       http://unix:functions.sock:/;
                proxy_set_header X-Event $request_body;
            }
        `,
    });

    const { port } = stack.pushpin;
    const clients = Object.fromEntries(Object.keys(HEADERS)
        .map((name) => [name, { pages: new Set(), sockets: new Set() }]));
    let count = 0;


    // cases: { name, what, lines, ask: (lines) => { status, text } }, of which
    // all with one honest client

    async function compare(honest, kind, cases, ask) {
        assert.equal(honest.status, kind === 'pages' ? 200 : 101);
        assert.match(honest.text, /verify=SUCCESS|"own"/);

        const waiting = [...cases];

        await Promise.all(Array.from({ length: PARALLEL }, async () => {
            for (let one = waiting.shift(); one; one = waiting.shift()) {
                const { status, text } = await ask(one.lines);

                count++;

                if (status !== honest.status) {
                    assert.ok([0, 400].includes(status) && mayBeRefused(one),
                              `${one.name}, ${one.what}: ${status}`);

                } else if (text !== honest.text) {
                    clients[one.name][kind].add(`${one.what}: ${text} not `
                                                + honest.text);
                }
            }
        }));
    }


    const CASES = Object.entries(HEADERS).flatMap(([name, value]) => {
        return Object.entries(SPELLINGS).map(([what, lines]) => {
            return { name, what, lines: lines(name, value) };
        });
    });


    for (const [route, { over }] of Object.entries(ROUTES)) {
        await test(`a hostile client of "${route}"`, async () => {
            const pages = METHODS.map((method) => [method, 'page']);

            for (const [method, place] of [...pages, ['POST', 'lambda']]) {
                const ask = (lines) => {
                    return page(port, method, `/${route}/${place}`, lines);
                };

                await compare(await ask([]), 'pages', CASES, ask);
            }

            if (over) {
                const ask = (lines) => socket(port, `/${route}/ws`, lines);

                await compare(await ask([]), 'sockets', CASES, ask);
            }
        }, 60000);
    }


    await test('whose each header is stands in SECURITY.md', () => {
        assert.ok(count > 1000, `${count}`);
        console.log(`# ${count} requests`);

        const whose = (set) => set.size > 0 ? 'the client' : 'the proxy';
        const rows = Object.entries(clients).map(([name, set]) => {
            return `| \`${name}\` | ${whose(set.pages)} `
                   + `| ${whose(set.sockets)} |`;
        });

        const table = ['| header | in HTTP requests | in WebSocket sessions |',
                       '| --- | --- | --- |', ...rows].join('\n');

        const text = fs.readFileSync(FILE, 'utf8');
        const now = text.replace(TABLE, (_, begin, end) => begin + table + end);

        if (process.env.GRIP_WRITE) {
            fs.writeFileSync(FILE, now);
        } else {
            const found = Object.values(clients)
                .flatMap((kinds) => Object.values(kinds))
                .flatMap((set) => [...set][0] ?? []);

            assert.equal(text, now, found.join('\n'));
        }
    });
});
