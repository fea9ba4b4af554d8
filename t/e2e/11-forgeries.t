#!/usr/bin/env node
'use strict';

// Clients that pose as the proxy, through the proxy, which signs what they send
// like any other request: with the id of somebody's connection, and metas.

const assert = require('node:assert/strict');

const { event } = require('./lib/events');
const { Stream } = require('./lib/http');
const { MEDIA_TYPE, ask, signature } = require('./lib/origin');
const { suite } = require('./lib/suite');

const CAPITALS = 'Application/WebSocket-Events';

// Types that resemble that of events, and the answers of nginx.  The proxy
// refuses some of it by itself.

const SPELLINGS = {
    400: {
        'capitals': CAPITALS,
        'all capitals': MEDIA_TYPE.toUpperCase(),
        'one capital': 'application/websocket-eventS',
        'a parameter': `${MEDIA_TYPE}; a=b`,
        'a parameter behind a blank': `${MEDIA_TYPE} ;a=b`,
        'a parameter behind a tab': `${MEDIA_TYPE}\t;a=b`,
        'an empty parameter': `${MEDIA_TYPE};`,
        'capitals and a parameter': `${CAPITALS};a=b`,
        'a tab behind it': `${MEDIA_TYPE}\t`,
        'a vertical tab behind it': `${MEDIA_TYPE}\v`,
        'a form feed behind it': `${MEDIA_TYPE}\f`,
        'a no-break space behind it': `${MEDIA_TYPE}\xa0`,
        'a tab before it': `\t${MEDIA_TYPE}`,
        'a blank in it': MEDIA_TYPE.replace('/', '/ '),
        'blanks around the slash': MEDIA_TYPE.replace('/', ' / '),
        'a tab in it': MEDIA_TYPE.replace('-', '\t-'),
        'a word behind it': `${MEDIA_TYPE} x`,
        'quotes': `"${MEDIA_TYPE}"`,
        'a list': `${MEDIA_TYPE}, text/plain`,
        'a list without a blank': `${MEDIA_TYPE},text/plain`,
        'a list of it alone': `${MEDIA_TYPE}, ${MEDIA_TYPE}`,
        'a list that begins with nothing': `, ${MEDIA_TYPE}`,
        'a semicolon before it': `;${MEDIA_TYPE}`,
        'two lines': [MEDIA_TYPE, MEDIA_TYPE],
        'two lines, capitals first': [CAPITALS, MEDIA_TYPE],
        'two lines, capitals last': [MEDIA_TYPE, CAPITALS],
        'two lines, another type last': [MEDIA_TYPE, 'text/plain'],
        'two lines, nothing last': [MEDIA_TYPE, ''],
        'two lines, blanks': [`${MEDIA_TYPE} ;`, `${MEDIA_TYPE} ;`],
    },
    415: {
        'another type first in a list': `text/plain, ${MEDIA_TYPE}`,
        'a parameter of another type': `text/plain; type="${MEDIA_TYPE}"`,
        'two lines, another type first': ['text/plain', MEDIA_TYPE],
        'two lines, a list first': [`text/plain,${CAPITALS}`, MEDIA_TYPE],
        'three lines, capitals last': ['text/plain', 'x/y', CAPITALS],
    },
};

const EACH = Object.entries(SPELLINGS).flatMap(([status, spellings]) => {
    return Object.entries(spellings).map(([what, type]) => {
        return { what, type, status: Number(status) };
    });
});

// that of a plain request to grip_lambda is 200

const OTHERS = {
    'another type': { 'Content-Type': `${MEDIA_TYPE}2` },
    'a type that ends like it': { 'Content-Type': `x${MEDIA_TYPE}` },
    'an empty type': { 'Content-Type': '' },
    'no type': {},
    'an underscore in the name': { Content_Type: MEDIA_TYPE },
};

// what is no HTTP, but may pass for it

const SMUGGLED = {
    'a blank behind the name': { 'Content-Type ': MEDIA_TYPE },
    'a line that is folded': { 'Content-Type': `\r\n ${MEDIA_TYPE}` },
    'a parameter that is folded': { 'Content-Type': `${MEDIA_TYPE}\r\n ;a=b` },
    'a bare line feed': { 'X-Line': `x\nContent-Type: ${CAPITALS}` },
    'a bare carriage return': { 'X-Line': `x\rContent-Type: ${CAPITALS}` },
};

// Nothing comes first: Pushpin 1.36 sees no type of events and passes on the
// line that is not empty, the type byte for byte.

const NOTHING_FIRST = ['', MEDIA_TYPE];

// Paths that nginx takes for /ws, and the proxy, which does not normalise, for
// the path of another route.

const DETOURS = ['/api/../ws', '/api/..//ws', '/api/%2e%2e/ws', '/api/..%2fws',
                 '/./ws', '//ws', '/api/x/../../ws', '/api/../ws?/ws'];

const KEY = 'secret-of-the-sockets';


suite(async ({ bench, test }) => {
    const stack = await bench.stack({
        workers: 1,

        // a function that answers with what it was told
        http: `
            server {
                listen unix:events.sock;

                location / {
                    return 200
                      '{"statusCode": 200, "body": "$grip_escaped_http_x_event"}';
                }
            }
        `,

        server: `
            location /rules {
                grip_websocket;
                grip_on any { send "forged $grip_connection_id"; }
            }

            location /function {
                grip_websocket;
                grip_on any { call /called; }
            }

            location = /called {
                internal;
                return 200 "forged $http_connection_id";
            }

            location /lambda {
                grip_lambda /invoked;
            }

            location = /invoked {
                internal;
                return 200 '{"statusCode": 200, "body": "invoked"}';
            }

            location /held {
                grip_hold        stream;
                grip_channel     u-$grip_meta_user;
                grip_channel     c-$grip_connection_id;
                grip_filter_meta user $grip_meta_user;
                grip_hold_body   "$grip_verify [$grip_meta_user]";
            }

            location /event {
                grip_lambda /event-invoked;
            }

            location = /event-invoked {
                internal;
                proxy_pass       http://unix:events.sock:/;
                proxy_set_header X-Event $request_body;
            }
        `,
    });

    const victim = await stack.connect('/rules');
    const { request } = await victim.exchange('to open');
    const id = request.header('Connection-Id');
    const TARGETS = ['/rules', '/function', '/lambda'];


    function forge(port, target, headers, method = 'POST') {
        return ask(port, { method, target, body: event('TEXT', 'hi'),
                           headers: { 'Connection-Id': id,
                                      'Meta-User': 'root', ...headers } });
    }


    // { status } of nginx, or of the proxy if nginx has seen nothing of it

    async function forgeThroughProxy(target, headers, method) {
        const before = stack.wire.exchanges.length;
        const { status, body } = await forge(stack.pushpin.port, target,
                                             headers, method)
            .catch(() => ({ status: 0, body: '' }));

        assert.ok(!`${body}`.includes('forged'), `${body}`);

        return { status, passed: stack.wire.exchanges.length > before };
    }


    const forgeDirectly = (target, headers, method) => {
        return forge(stack.nginx.port, target,
                     { 'Grip-Sig': signature(), ...headers }, method);
    };


    await test('row 1: a request that resembles events and comes through the '
               + 'proxy is refused', async () => {
        let passed = 0;

        for (const target of TARGETS) {
            for (const { what, type, status } of EACH) {
                const answer = await forgeThroughProxy(target,
                                                  { 'Content-Type': type });

                if (answer.passed) {
                    assert.equal(answer.status, status, `${target}: ${what}`);
                    passed++;
                } else {
                    assert.ok([0, 400, 403].includes(answer.status), what);
                }
            }
        }

        // the proxy leaves most of it to us
        assert.ok(passed > TARGETS.length * EACH.length / 2, `${passed}`);
    });


    await test('row 1: a request that resembles events is refused by nginx '
               + 'itself', async () => {
        for (const target of TARGETS) {
            for (const { what, type, status } of EACH) {
                const answer = await forgeDirectly(target,
                                                   { 'Content-Type': type });

                assert.equal(answer.status, status, `${target}: ${what}`);
            }
        }
    });


    await test('row 1: the name of the header may be written in any letters',
               async () => {
        for (const name of ['CONTENT-TYPE', 'content-type', 'cONTENT-tYPE']) {
            assert.equal((await forgeDirectly('/rules',
                                        { [name]: MEDIA_TYPE })).status, 200);
            assert.equal((await forgeDirectly('/rules',
                                        { [name]: CAPITALS })).status, 400);
        }

        assert.equal((await forgeDirectly('/rules', {
            'content-type': 'text/plain', 'CONTENT-TYPE': MEDIA_TYPE,
        })).status, 415);
    });


    await test('row 1: a type that the proxy has passed on is the client\'s',
               async () => {
        const accept = { 'Accept': MEDIA_TYPE,
                         'Sec-WebSocket-Extensions': 'grip' };

        for (const target of TARGETS) {
            for (const more of [{}, accept,
                                { 'Grip-Sig': signature(),
                                  'Grip-Feature': 'status' }])
            {
                const answer = await forgeThroughProxy(target, {
                    ...more, 'Content-Type': NOTHING_FIRST,
                });

                assert.ok(answer.passed);
                assert.equal(answer.status, 400, target);
            }
        }

        await stack.nginx.logged(/ "Content-Type"/);
    });


    await test('row 1: the headers of events may come in any order but that of '
               + 'a request passed on', async () => {
        const type = { 'Content-Type': MEDIA_TYPE };
        const sig = { 'Grip-Sig': signature() };
        const feature = { 'Grip-Feature': 'status, session' };

        for (const [status, ...headers] of [[400, type, sig, feature],
                                            [200, type, feature, sig],
                                            [200, sig, type, feature],
                                            [200, sig, feature, type],
                                            [200, feature, type, sig],
                                            [200, feature, sig, type],
                                            [200, type, sig]])
        {
            const answer = await forge(stack.nginx.port, '/rules',
                                       Object.assign({}, ...headers));

            assert.equal(answer.status, status,
                         headers.flatMap(Object.keys).join(' '));
        }
    });


    await test('row 1: events are posted', async () => {
        for (const target of TARGETS) {
            for (const type of [MEDIA_TYPE, CAPITALS]) {
                for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
                    const headers = { 'Content-Type': type };
                    const what = `${method} ${target} ${type}`;
                    const answer = await forgeThroughProxy(target, headers,
                                                           method);

                    assert.equal(answer.status, answer.passed ? 400 : 403,
                                 what);
                    assert.equal((await forgeDirectly(target, headers,
                                                      method)).status,
                                 400, what);
                }
            }
        }
    });


    await test('row 1: another type is 415, and an ordinary request to '
               + 'grip_lambda', async () => {
        for (const [what, headers] of Object.entries(OTHERS)) {
            for (const target of TARGETS) {
                const { status } = await forgeThroughProxy(target, headers);

                assert.equal(status, target === '/lambda' ? 200 : 415, what);
            }
        }
    });


    await test('nothing is smuggled past the proxy', async () => {
        for (const [what, headers] of Object.entries(SMUGGLED)) {
            for (const target of TARGETS) {
                const { status } = await forgeThroughProxy(target, headers);

                assert.ok([0, 400, 403].includes(status), `${what} ${status}`);
            }
        }
    });


    await test('row 1: a path that nginx would write in another way is refused',
               async () => {
        for (const path of [...DETOURS.map((one) => one.replace('ws', 'rules')),
                            '/rules/.', '/rules/a/..', '/rules/a//b',
                            '/rules/a\\b', '/rules#a', '/%72ules', '/rule%73',
                            '/rules/%7E', '/rules/a%2Fb', '/rules/caf\xe9'])
        {
            const answer = await forgeDirectly(path,
                                               { 'Content-Type': MEDIA_TYPE });

            assert.equal(answer.status, 400, path);
        }

        for (const path of ['/rules', '/rules/', '/rules/a%20b%3a%40%c3%A9',
                            '/rules/...', '/rules?a=/../b//c%2f%41#'])
        {
            const answer = await forgeDirectly(path,
                                               { 'Content-Type': MEDIA_TYPE });

            assert.equal(answer.status, 200, path);
        }

        assert.equal((await ask(stack.nginx.port, {
            method: 'GET', target: '/x/../called/../lambda//',
        })).status, 200);
    });


    await test('row 33: metas and an id of a plain request are the client\'s, '
               + 'not the proxy\'s', async () => {
        const before = stack.wire.exchanges.length;
        const stream = await Stream.open(stack.pushpin.port, '/held', {
            headers: { 'Meta-User': 'root', 'Connection-Id': id },
        });

        await stream.is('SUCCESS []');
        stream.terminate();

        const held = stack.wire.exchanges[before];

        assert.equal(held.request.header('Meta-User'), 'root');
        assert.deepEqual(held.response.headers.get('grip-channel'),
                         ['u-', 'c-']);
        assert.equal(held.response.header('Grip-Set-Meta'), 'user=""');

        for (const [method, headers] of [['GET', {}],
                                         ['POST', { 'Content-Type': 'a/b' }]])
        {
            const { status, body } = await forge(stack.pushpin.port, '/event',
                                                 headers, method);

            assert.equal(status, 200);

            const told = Object.keys(JSON.parse(body).headers)
                .map((name) => name.toLowerCase());

            assert.ok(told.includes('host'), `${told}`);
            assert.ok(!told.some((name) => /^meta|^connection-id/.test(name)),
                      `${told}`);
        }
    });


    await test('the log says what it is, once a minute as a warning',
               async () => {
        const lines = stack.nginx.log.split('\n')
            .filter((line) => line.includes('may pose as the proxy'));

        assert.equal(lines.filter((line) => line.includes('[warn]')).length, 1);
        assert.match(lines[0], /\[warn\].*WebSocket events refused: .*POST/);
        assert.ok(lines.length > 100);
        assert.ok(lines.slice(1).every((line) => line.includes('[info]')));
    });


    await test('a client that is honest is none the worse for it', async () => {
        victim.send('x');
        assert.equal(await victim.next(), `forged ${id}`);
        assert.equal(await victim.next(), `forged ${id}`);
    });


    // routes -> what each leads to, of which honest clients notice nothing

    function mixed(routes) {
        return bench.stack({
            routes,
            server: `
                location /ws {
                    grip_websocket;
                    grip_verify_key ${KEY} iss=sockets;
                    grip_on message { publish room $grip_message; }
                    grip_on open    { subscribe room; }
                }

                location /page {
                    grip_verify on;
                    try_files   /none =204;
                }
            `,
        });
    }


    async function lives(one) {
        const client = await one.connect('/ws/a%20b?c=/../d',
                                         { hears: 'room' });

        const request = one.wire.exchanges.at(-1).request;

        assert.equal(request.target, '/ws/a%20b?c=/../d');

        client.send('hello');
        assert.equal(await client.next(), 'hello');

        // other requests are signed as ever

        const page = { method: 'GET', target: '/page' };

        assert.equal((await ask(one.pushpin.port, page)).status, 204);
        assert.equal((await ask(one.nginx.port, page)).status, 403);
    }


    const detour = (one, target, type) => {
        return forge(one.pushpin.port, target, { 'Content-Type': type });
    };


    await test('row 33: where routes are mixed, the WebSockets have a key of '
               + 'their own', async () => {
        const one = await mixed(
            `*,path_beg=/ws,sig_iss=sockets,sig_key=${KEY} %s,over_http\n`
            + '* %s\n');

        for (const target of DETOURS) {
            assert.equal((await detour(one, target, MEDIA_TYPE)).status, 403,
                         target);
        }

        await one.nginx.logged(/refused: "Grip-Sig"/);
        await lives(one);
    });


    await test('row 33: a route for WebSockets alone signs nothing that '
               + 'clients have written', async () => {
        const one = await mixed(
            `*,proto=ws,sig_iss=sockets,sig_key=${KEY} %s,over_http\n`
            + '* %s,over_http\n');

        for (const target of ['/ws', '/%77s', '/ws#', ...DETOURS]) {
            for (const type of [MEDIA_TYPE, CAPITALS, NOTHING_FIRST]) {
                assert.equal((await detour(one, target, type)).status, 403,
                             `${target} ${type}`);
            }
        }

        await lives(one);
    });
});
