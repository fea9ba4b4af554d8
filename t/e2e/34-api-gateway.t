#!/usr/bin/env node
'use strict';

// Handlers written for WebSocket APIs of AWS API Gateway, on a runtime over
// HTTP, send to their clients by AWS's own library.

const assert = require('node:assert/strict');
const fs = require('node:fs');

const {
    ApiGatewayManagementApiClient, DeleteConnectionCommand,
    PostToConnectionCommand,
} = require('@aws-sdk/client-apigatewaymanagementapi');

const browser = require('./lib/browser');
const { Functions } = require('./lib/functions');
const { ask } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { suite } = require('./lib/suite');
const { sleep, until } = require('./lib/wait');


// The chat: connected clients are in a table, which is a map here.

const table = new Map();

// Seconds of a function that takes its time; on AWS 29 are the most.

const SLOW = Number(process.env.GRIP_SLOW || 3);

// Functions that wait for the test.

const late = [];

function management({ requestContext: { domainName, stage } }) {
    return new ApiGatewayManagementApiClient({
        endpoint: `http://${domainName}/${stage}`, region: 'us-east-1',
        credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    });
}

async function sendAll(event, text) {
    const api = management(event);

    try {
        await Promise.all([...table.keys()].map((ConnectionId) => {
            return api.send(new PostToConnectionCommand({ ConnectionId,
                                                          Data: text }));
        }));

    } finally {
        api.destroy();
    }
}

const handlers = {
    async connect({ requestContext, queryStringParameters = {} }) {
        const { deny, fail, proto } = queryStringParameters;

        if (fail) {
            throw new Error('it is broken');
        }

        if (deny) {
            return { statusCode: Number(deny), body: 'no' };
        }

        table.set(requestContext.connectionId, queryStringParameters.name);

        return { statusCode: 200, body: 'Connected.',
                 headers: proto ? { 'Sec-WebSocket-Protocol': proto } : {} };
    },

    async disconnect({ requestContext }) {
        table.delete(requestContext.connectionId);

        return { statusCode: 200, body: 'Disconnected.' };
    },

    async sendmessage(event) {
        const name = table.get(event.requestContext.connectionId);

        await sendAll(event, `${name}: ${JSON.parse(event.body).data}`);

        return { statusCode: 200, body: 'Data sent.' };
    },

    async leave(event) {
        const api = management(event);

        await api.send(new DeleteConnectionCommand({
            ConnectionId: event.requestContext.connectionId,
        }));

        api.destroy();

        return { statusCode: 200 };
    },

    async ask({ body, isBase64Encoded }) {
        if (body === '{"action":"ask","how":"throw"}') {
            throw new Error('no\nanswer');
        }

        return { statusCode: 200, body: `asked ${body} ${isBase64Encoded}` };
    },

    async late() {
        await new Promise((resolve) => late.push(resolve));

        return { statusCode: 200, body: 'nobody waits for it' };
    },

    async slow() {
        await sleep(SLOW * 1000);

        return { statusCode: 200 };
    },

    async quick() {
        return { statusCode: 200 };
    },

    async broken() {
        throw new Error('nobody is told');
    },

    async any() {
        throw new TypeError('no such action');
    },
};


suite(async ({ bench, test }) => {
    const own = await freePort();
    const runtime = await freePort();
    const functions = new Functions(handlers);

    await functions.start(runtime);

    const stack = await bench.stack({
        http: `
            grip_json_set $action action;
            grip_call_detached_max 2000;
            log_format calls '$uri $status $request_time';

            server {
                listen 127.0.0.1:${own};
                location /prod/@connections { grip_connections; }
                location = /status { stub_status; }
            }
        `,

        // old workers live until the proxy's idle connections have ended

        server: `
            keepalive_timeout 2s;
            grip_api_gateway domain=127.0.0.1:${own};
            grip_lambda_set requestContext.authorizer.principalId $arg_name;
            grip_lambda_set requestContext.authorizer.odd "\\"a=b&c\\"";
            grip_lambda_set stageVariables.color blue;

            location /prod {
                grip_websocket;
                grip_connection on;

                grip_on open $arg_late = 1 { call /fn/late as=api-gateway; }
                grip_on open { call /fn/connect as=api-gateway; }
                grip_on text $action = sendmessage {
                    call /fn/sendmessage as=api-gateway route=$action detached;
                }
                grip_on text $action ~ ^(late|broken|slow|quick)$ {
                    call /run/$action as=api-gateway route=$action detached;
                }
                grip_on text $action = leave {
                    call /fn/leave as=api-gateway route=leave;
                }
                grip_on text $action = ask {
                    call /fn/ask as=api-gateway route=ask reply;
                }
                grip_on binary { call /fn/ask as=api-gateway reply; }
                grip_on text { call /fn/any as=api-gateway; }
                grip_on gone { call /fn/disconnect as=api-gateway; }
            }

            location /short {
                grip_websocket;
                grip_max_message_size 128k;
                grip_on text { call /run/ask as=api-gateway; }
            }

            location = /page { return 200 "chat"; }

            location = /fn/late {
                internal;
                proxy_read_timeout 500ms;
                proxy_pass http://127.0.0.1:${runtime}/2015-03-31/functions/late/invocations;
            }

            location ~ ^/(fn|run)/ {
                internal;
                access_log calls.log calls;
                log_subrequest on;           # also those waited for
                rewrite ^/\\w+/(\\w+)$ /2015-03-31/functions/$1/invocations break;
                proxy_pass http://127.0.0.1:${runtime};
            }
        `,
    });

    const { nginx } = stack;

    const idOf = (name) => [...table].find(([, one]) => one === name)?.[0];

    async function connect(name, options) {
        const client = await stack.connect(`/prod?name=${name}&x=1&x=2`,
                                           options);
        const id = idOf(name);

        await stack.subscribed(`connection-${id}`);

        return { client, id };
    }


    await test('a chat: connect, broadcast, disconnect', async () => {
        const { client: ann, id } = await connect('ann');
        const { client: bob } = await connect('bob');

        ann.send('{"action":"sendmessage","data":"hello"}');
        assert.equal(await ann.next(), 'ann: hello');
        assert.equal(await bob.next(), 'ann: hello');

        await ann.close(4001, 'bye');
        await until('ann is gone', () => !table.has(id));

        bob.send('{"action":"sendmessage","data":"alone"}');
        assert.equal(await bob.next(), 'bob: alone');

        bob.terminate();
        await until('nobody is left', () => table.size === 0);
    });


    await test('the events, field by field', async () => {
        functions.events.length = 0;

        const before = Date.now();
        const { client, id } = await connect('eve', {
            headers: { 'User-Agent': 'test/1', 'X-Two': 'b',
                       Cookie: 'a=1; b=2' },
        });

        client.send('{"action":"ask"}');
        await client.next();
        client.send(Buffer.from([0, 255]));
        await client.next();
        await client.close(4001, 'bye');

        const end = await until('the end is told',
                                () => functions.event('disconnect'));

        const connected = functions.event('connect');
        const asked = functions.event('ask');
        const binary = functions.event('ask', (one) => one.isBase64Encoded);
        const context = connected.requestContext;

        const common = ({ requestContext: one }) => {
            assert.match(one.requestId, /^[A-Za-z0-9+/]{15}=$/);
            assert.match(one.requestTime,
                         /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
            assert.ok(Math.abs(one.requestTimeEpoch - before) < 30000);
            assert.ok(Math.abs(one.connectedAt - before) < 30000);

            return {
                messageDirection: 'IN', stage: 'prod', apiId: 'grip',
                domainName: `127.0.0.1:${own}`, connectionId: id,
                connectedAt: context.connectedAt,
                requestTime: one.requestTime,
                requestTimeEpoch: one.requestTimeEpoch,
                requestId: one.requestId, extendedRequestId: one.requestId,
                identity: { sourceIp: '127.0.0.1', userAgent: 'test/1' },
                authorizer: { principalId: 'eve', odd: '"a=b&c"' },
            };
        };

        const { headers, multiValueHeaders, ...open } = connected;

        assert.equal(headers['X-Two'], 'b');
        assert.deepEqual(multiValueHeaders['X-Two'], ['b']);
        assert.equal(headers.Cookie, 'a=1; b=2');
        assert.equal(headers['Sec-WebSocket-Version'], '13');

        for (const name of Object.keys(headers)) {
            assert.doesNotMatch(name, /^(accept|accept-encoding|content-.*|grip-.*|meta-.*|connection.*)$/i);
        }

        assert.deepEqual(open, {
            queryStringParameters: { name: 'eve', x: '2' },
            multiValueQueryStringParameters: { name: ['eve'], x: ['1', '2'] },
            stageVariables: { color: 'blue' },
            requestContext: { ...common(connected), routeKey: '$connect',
                              eventType: 'CONNECT' },
            isBase64Encoded: false,
        });

        assert.match(asked.requestContext.messageId, /^[A-Za-z0-9+/]{15}=$/);
        assert.notEqual(asked.requestContext.requestId, context.requestId);

        assert.deepEqual(asked, {
            stageVariables: { color: 'blue' },
            requestContext: {
                ...common(asked), routeKey: 'ask', eventType: 'MESSAGE',
                messageId: asked.requestContext.messageId,
            },
            body: '{"action":"ask"}', isBase64Encoded: false,
        });

        assert.deepEqual(binary, {
            stageVariables: { color: 'blue' },
            requestContext: {
                ...common(binary), routeKey: '$default', eventType: 'MESSAGE',
                messageId: binary.requestContext.messageId,
            },
            body: 'AP8=', isBase64Encoded: true,
        });

        assert.deepEqual(end, {
            headers: { 'Host': end.headers.Host, 'x-api-key': '',
                       'X-Forwarded-For': '', 'x-restapi': '' },
            multiValueHeaders: { 'Host': [end.headers.Host],
                                 'x-api-key': [''], 'X-Forwarded-For': [''],
                                 'x-restapi': [''] },
            stageVariables: { color: 'blue' },
            requestContext: {
                ...common(end), routeKey: '$disconnect',
                eventType: 'DISCONNECT', disconnectStatusCode: 4001,
                disconnectReason: 'bye',
            },
            isBase64Encoded: false,
        });
    });


    await test('how it ended', async () => {
        const told = async (name, end) => {
            const { client, id } = await connect(name);

            await end(client);

            const { requestContext } = await until('it is told', () => {
                return functions.event('disconnect', (one) => {
                    return one.requestContext.connectionId === id;
                });
            });

            return [requestContext.disconnectStatusCode,
                    requestContext.disconnectReason];
        };

        assert.deepEqual(await told('a', (one) => one.close(4000)),
                         [4000, '']);
        assert.deepEqual(await told('b', (one) => one.close()),
                         [1005, 'Client-side close frame status not set']);
        assert.deepEqual(await told('c', (one) => one.terminate()),
                         [1006, 'Connection closed abnormally']);

        // the proxy says nothing of the code that it has closed with

        assert.deepEqual(await told('d', async (one) => {
            one.send('{"action":"leave"}');
            assert.deepEqual(await one.closed, { code: 1000, reason: '' });
        }), [1005, 'Client-side close frame status not set']);
    });


    await test('a function lets in, by a subprotocol that was offered',
               async () => {
        const client = await stack.connect('/prod?name=kim&proto=two',
                                           { protocols: ['one', 'two'] });

        assert.equal(client.socket.protocol, 'two');
        await client.close();

        const other = await stack.connect('/prod?name=kim');

        assert.equal(other.handshake.headers['sec-websocket-protocol'],
                     undefined);
        await other.close();
    });


    await test('or refuses, or fails', async () => {
        for (const status of [401, 403, 500]) {
            const response = await stack.refused(`/prod?deny=${status}`);

            assert.equal(response.status, status);
        }

        assert.equal((await stack.refused('/prod?deny=302')).status, 502);
        await nginx.logged(/"\/fn\/connect" answered "open" with status 302/);

        assert.equal((await stack.refused('/prod?fail=1')).status, 502);
        await nginx.logged(/"\/fn\/connect" failed: Error: it is broken/);

        assert.equal((await stack.refused('/prod?late=1')).status, 502);
        await nginx.logged(/"\/fn\/late" failed: status 504/);
    });


    await test('a function that fails tells its client so, who stays',
               async () => {
        const { client, id } = await connect('joe');
        const frame = (name) => {
            const { requestId } = functions.events
                .filter((one) => one.name === name).at(-1)
                .event.requestContext;

            return '{"message": "Internal server error", '
                   + `"connectionId":"${id}", "requestId":"${requestId}"}`;
        };

        client.send('what?');
        assert.equal(await client.next(), frame('any'));
        await nginx.logged(/"\/fn\/any" failed: TypeError: no such action/);

        client.send('{"action":"ask","how":"throw"}');
        assert.equal(await client.next(), frame('ask'));
        await nginx.logged(/"\/fn\/ask" failed: Error: no answer/);

        client.send('{"action":"ask"}');
        assert.equal(await client.next(), 'asked {"action":"ask"} false');

        await client.close();
    });


    await test('a detached function delays nobody', async () => {
        const { client, id } = await connect('lea');

        late.length = 0;
        client.send('{"action":"late","n":1}');

        for (let i = 0; i < 10; i++) {
            client.send(`{"action":"ask","n":${i}}`);
            assert.equal(await client.next(),
                         `asked {"action":"ask","n":${i}} false`);
        }

        assert.equal(late.length, 1, 'the first one is still at work');

        const { body, requestContext } = functions.event('late',
                                                         (one) => one.body);

        assert.equal(body, '{"action":"late","n":1}');
        assert.equal(requestContext.connectionId, id);
        assert.equal(requestContext.routeKey, 'late');
        assert.equal(requestContext.eventType, 'MESSAGE');
        assert.deepEqual(requestContext.authorizer,
                         { principalId: 'lea', odd: '"a=b&c"' });

        client.send('{"action":"broken"}');
        await nginx.logged(/detached function "\/run\/broken" failed: it returned an error/);

        late[0]();
        client.send('{"action":"ask"}');
        assert.equal(await client.next(), 'asked {"action":"ask"} false',
                     'nothing was sent of the answers');
        await client.close();
    });


    const calls = (name) => {
        return fs.readFileSync(`${nginx.folder}/calls.log`, 'utf8')
            .split('\n').filter((line) => line.includes(`/${name}/`));
    };

    await test('nor does a function of half a minute, and a reload waits for '
               + 'it', async () => {
        const { client } = await connect('una');

        client.send('{"action":"slow"}');
        await until('it is at work', () => functions.event('slow'));

        for (let i = 0; i < 10; i++) {
            client.send(`{"action":"ask","n":${i}}`);
            assert.equal(await client.next(),
                         `asked {"action":"ask","n":${i}} false`);

            if (i === 4) {
                await nginx.reload();
            }
        }

        assert.equal(calls('slow').length, 0, 'the function is at work still');

        const [line] = await until('it ends', () => {
            return calls('slow').length > 0 && calls('slow');
        }, SLOW * 1000 + 10000);

        const [, status, time] = line.split(' ').slice(-3);

        assert.equal(Number(status), 200);
        assert.ok(Number(time) >= SLOW - 0.1, `after ${time} s`);
        await client.close();
    }, SLOW * 1000 + 30000);


    await test('a thousand, while nginx is reloaded and the runtime restarted',
               async () => {
        const clients = [];
        const active = async () => {
            const { body } = await ask(own, { method: 'GET', target: '/status' });

            return /Reading: 0 Writing: 1 /.test(body);
        };

        for (let i = 0; i < 20; i++) {
            clients.push((await connect(`many${i}`)).client);
        }

        const thousand = async (between) => {
            const before = calls('quick').length;

            for (let round = 0; round < 5; round++) {
                for (const client of clients) {
                    for (let i = 0; i < 10; i++) {
                        client.send('{"action":"quick"}');
                    }
                }

                await between(round);
            }

            await until('all calls end', () => {
                return calls('quick').length >= before + 1000;
            }, 30000);

            assert.equal(calls('quick').length, before + 1000);
        };

        await thousand(async (round) => {
            if (round === 2) {
                await functions.stop();
                await sleep(200);
                await functions.start(runtime);
            }

            await nginx.reload();
        });

        await until('the old workers have gone',
                    () => nginx.workers().length === nginx.count, 30000)
            .catch((error) => {
                throw new Error(`${error.message}: ${nginx.workers()}`);
            });

        // the first ones leave a worker with as much as it needs at once

        await thousand(async () => {});

        const memory = nginx.resident();

        for (let i = 0; i < 3; i++) {
            await thousand(async () => {});
        }

        // how many of the clients' sixteen run at the same time differs, and the
        // allocator keeps what the most of them took, 12.3 KB each; sanitizers
        // keep all that was freed

        assert.ok(process.env.GRIP_BUILD
                  || nginx.resident() - memory < clients.length * 16 * 13,
                  `${memory} KB became ${nginx.resident()} KB`);

        for (const client of clients) {
            client.send('{"action":"ask"}');
            assert.equal(await client.next(), 'asked {"action":"ask"} false');
            client.terminate();
        }

        await until('connections are back', active);
    }, 90000);


    await test('129 KB arrive whole, unless 128 are the limit', async () => {
        const { client } = await connect('liz');
        const frame = '{"action":"broken","data":"';
        const text = `${frame}${'x'.repeat(129 * 1024 - frame.length - 2)}"}`;

        assert.equal(text.length, 132096);

        client.send(text);

        const { body } = await until('it has arrived', () => {
            return functions.event('broken', (one) => one.body.length > 99999);
        });

        assert.equal(body, text);
        await client.close();

        // the proxy ends a connection that has a second message of that size

        const fits = 'x'.repeat(128 * 1024);
        const short = await stack.connect('/short');

        short.send(fits);
        await until('it has arrived', () => {
            return functions.event('ask', (one) => one.body === fits);
        });
        await short.close();

        const other = await stack.connect('/short');

        other.send(`${fits}x`);
        assert.deepEqual(await other.closed,
                         { code: 1009, reason: 'message too big' });
    });


    await test('a function throws its client out', async () => {
        const { client } = await connect('max');

        client.send('{"action":"leave"}');
        assert.deepEqual(await client.closed, { code: 1000, reason: '' });
    });


    await test('two browsers talk', async () => {
        const chromium = await browser.launch();

        try {
            const pages = [];

            for (const name of ['ann', 'bob']) {
                const page = await chromium.newPage();

                await page.goto(`http://127.0.0.1:${stack.pushpin.port}/page`);
                await page.evaluate((url) => new Promise((resolve, reject) => {
                    window.heard = [];
                    window.socket = new WebSocket(url);
                    window.socket.onmessage = ({ data }) => {
                        window.heard.push(data);
                    };
                    window.socket.onopen = resolve;
                    window.socket.onerror = reject;
                }), `ws://127.0.0.1:${stack.pushpin.port}/prod?name=${name}`);

                await stack.subscribed(`connection-${idOf(name)}`);
                pages.push(page);
            }

            await pages[0].evaluate(() => {
                window.socket.send('{"action":"sendmessage","data":"hi"}');
            });

            for (const page of pages) {
                await page.waitForFunction(() => {
                    return window.heard.includes('ann: hi');
                });
            }

        } finally {
            await chromium.close();
        }

        await until('nobody is left', () => table.size === 0);
    }, 60000);


    functions.stop();
});
