#!/usr/bin/env node
'use strict';

// grip_connections, asked by AWS's own library.

const assert = require('node:assert/strict');

const {
    ApiGatewayManagementApiClient, DeleteConnectionCommand,
    GetConnectionCommand, PostToConnectionCommand,
} = require('@aws-sdk/client-apigatewaymanagementapi');

const { ask, signature } = require('./lib/origin');
const { freePort } = require('./lib/ports');
const { isSince } = require('./lib/pushpin');
const { suite } = require('./lib/suite');


suite(async ({ bench, test }) => {
    const own = await freePort();

    const stack = await bench.stack({
        http: `
            server {
                listen 127.0.0.1:${own};

                location /prod/@connections { grip_connections; }

                location /keys/ {
                    grip_connections;
                    grip_control_key changeit iss=backend;
                }
            }
        `,

        server: `
            location /ws {
                grip_websocket;
                grip_connection on;
                grip_on open { send $grip_connection_id; }
                grip_on text { send "$grip_message"; }
            }
        `,
    });

    async function call(command, stage = 'prod', change = () => {}) {
        const client = new ApiGatewayManagementApiClient({
            endpoint: `http://127.0.0.1:${own}/${stage}`,
            region: 'us-east-1', maxAttempts: 1,
            credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
        });

        client.middlewareStack.add((next) => (args) => {
            change(args.request.headers);
            return next(args);
        }, { step: 'finalizeRequest', priority: 'low' });

        try {
            return await client.send(command);

        } finally {
            client.destroy();
        }
    }

    const post = (ConnectionId, Data, ...how) => {
        return call(new PostToConnectionCommand({ ConnectionId, Data }),
                    ...how);
    };

    const remove = (ConnectionId) => {
        return call(new DeleteConnectionCommand({ ConnectionId }));
    };

    // A client whose channel the proxy knows of, and its id.

    async function connect() {
        const client = await stack.connect('/ws');
        const id = await client.next();
        const channel = `connection-${id}`;

        await stack.subscribed(channel);

        return { client, id };
    }


    await test('a message is for one client, and text if it can be',
               async () => {
        const { client: ann, id } = await connect();
        const { client: bob } = await connect();

        const { $metadata } = await post(id, 'h\u{e9}llo "ann"');

        assert.equal($metadata.httpStatusCode, 200);
        assert.equal(await ann.next(), 'h\u{e9}llo "ann"');

        await post(id, Buffer.from([0, 255, 13, 10]));
        assert.deepEqual(await ann.next(), Buffer.from([0, 255, 13, 10]));

        await post(id, 'x'.repeat(131072));
        assert.equal((await ann.next()).length, 131072);

        bob.send('still here');
        assert.equal(await bob.next(), 'still here');

        ann.terminate();
        bob.terminate();
    });


    await test('a connection is closed, with 1000 unless another code is given',
               async () => {
        const { client: ann, id } = await connect();
        const { $metadata } = await remove(id);

        assert.equal($metadata.httpStatusCode, 204);
        assert.deepEqual(await ann.closed, { code: 1000, reason: '' });

        const { client: bob, id: other } = await connect();
        const target = `/prod/@connections/${other}?code=4001&reason=b%20%26%20c`;
        const { status, body } = await ask(own, { method: 'DELETE', target });

        assert.equal(status, 204);
        assert.equal(body.length, 0);
        assert.deepEqual(await bob.closed, { code: 4001, reason: 'b & c' });
    });


    await test('ids may be encoded, as the library does, or not', async () => {
        const { client, id } = await connect();
        const encoded = [...id].map((letter) => {
            return `%${letter.charCodeAt(0).toString(16)}`;
        }).join('');

        for (const path of [`@connections/${id}`, `%40connections/${encoded}`]) {
            const { status } = await ask(own, { target: `/prod/${path}`,
                                                body: path });

            assert.equal(status, 200);
            assert.equal(await client.next(), path);
        }

        client.terminate();
    });


    await test('nobody is known to be connected, so all is said to be done',
               async () => {
        assert.equal((await post('nobody', 'x')).$metadata.httpStatusCode, 200);
        assert.equal((await remove('nobody')).$metadata.httpStatusCode, 204);
    });


    await test('each error has its name', async () => {
        const tell = async (promise) => {
            const error = await promise.then(() => null, (reason) => reason);

            return [error?.name, error?.$metadata?.httpStatusCode,
                    error?.message];
        };

        assert.deepEqual(await tell(post('a', 'x'.repeat(131073))),
                         ['PayloadTooLargeException', 413,
                          'Message too long']);
        assert.deepEqual(await tell(post('a', '')),
                         ['BadRequestException', 400,
                          'Message must not be empty']);
        assert.deepEqual(await tell(post('a;b', 'x')),
                         ['BadRequestException', 400,
                          'Invalid connectionId']);
        assert.deepEqual(await tell(post('a', 'x', 'keys')),
                         ['UnauthorizedException', 401, 'Unauthorized']);
        assert.deepEqual(await tell(post('a', 'x', 'prod', (headers) => {
            headers['grip-sig'] = signature();
        })), ['ForbiddenException', 403, 'Forbidden']);
        assert.deepEqual(
            await tell(call(new GetConnectionCommand({ ConnectionId: 'a' }))),
            ['MethodNotAllowedException', 405, 'Method Not Allowed']);
    });


    await test('a token in the place of the library\'s signature lets in',
               async () => {
        const { client, id } = await connect();

        await post(id, 'hello', 'keys', (headers) => {
            headers.authorization = `Bearer ${signature({ key: 'changeit',
                                                          iss: 'backend' })}`;
        });

        assert.equal(await client.next(), 'hello');
        client.terminate();
    });


    await test('the proxy is asked to ask, where it can', async () => {
        const { client, id } = await connect();
        const asked = client.exchanges.length;
        const { status } = await ask(own, {
            target: `/prod/@connections/${id}?refresh`,
        });

        if (isSince('1.38')) {
            assert.equal(status, 200);
            await client.exchange('anew', () => {
                return client.exchanges.length > asked;
            });

        } else {
            assert.equal(status, 502);
        }

        client.terminate();
    });
});
