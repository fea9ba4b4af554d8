'use strict';

// Memory of a server for each connection that is idle, and for each request
// of which all but the last byte has come.

const { goal } = require('./cases');
const { Connection, bytesOf } = require('./load');
const { sleep } = require('./program');
const { events } = require('./requests');
const { MESSAGE } = require('./servers');

const IDLE = 2000;
const HELD = 64;


async function open(port, count) {
    const list = [];

    for (let i = 0; i < count; i++) {
        list.push(await Connection.open(port));
    }

    return list;
}


async function settle(program) {
    await sleep(200);

    return program.memory;
}


// Bytes for each connection that has had an answer.

async function idle(program, request) {
    const bytes = bytesOf(request);
    const before = await settle(program);
    const connections = await open(program.port, IDLE);

    for (const connection of connections) {
        await connection.ask(bytes);
    }

    const after = await settle(program);

    // what they have freed must not be taken for what others need
    return { bytes: (after - before) / IDLE, connections };
}


// Bytes for each request that waits for its end.

async function held(program, request) {
    const bytes = bytesOf(request);
    const connections = await open(program.port, HELD);
    const before = await settle(program);

    const answers = connections.map((connection) => {
        return connection.ask(bytes.subarray(0, -1));
    });

    const after = await settle(program);

    for (const connection of connections) {
        connection.socket.write(bytes.subarray(-1));
    }

    await Promise.all(answers);

    for (const connection of connections) {
        connection.close();
    }

    return (after - before) / HELD - request.body.length;
}


// Of servers that have not been loaded before.

async function memory({ servers }) {
    const small = events('/echo', [MESSAGE]);
    const large = events('/large', ['0123456789'.repeat(20000)]);
    const rows = [];

    for (const [name, program, path] of [
        ['return 200', servers.plain, null],
        ['grip', servers.grip, '/large'],
        ['echo module', servers.echo, '/large'],
        ['Lua', servers.lua, '/echo'],
        ['faas-grip', servers.faasGrip, '/echo'],
    ]) {
        const { bytes, connections } = await idle(program, small);

        rows.push({ name, idle: bytes,
                    held: path && await held(program, { ...large, path }) });

        for (const connection of connections) {
            connection.close();
        }
    }

    const grip = rows.find(({ name }) => name === 'grip');

    return {
        name: 'memory',
        title: `Memory: KiB for each of ${IDLE} idle connections, and for `
               + `each of ${HELD} requests of 200 kB beyond the body`,
        rows,
        goals: [goal('KiB beyond a held body of 200 kB', grip.held / 1024,
                     '≤', 16)],
    };
}


module.exports = { memory };
