'use strict';

// The cases of calls: as a proxy, by the contracts of functions, and those that
// nobody waits for.

const { setTimeout: sleep } = require('node:timers/promises');

const { goal } = require('./cases');
const { Connection, bytesOf, check } = require('./load');
const { LOAD_CORE, SERVER_CORE } = require('./program');
const { answer, events } = require('./requests');
const { MESSAGE } = require('./servers');
const { median, ratio } = require('./stats');


function call() {
    const request = events('/call', [MESSAGE]);

    return {
        name: 'call', title: 'A function behind proxy_pass, connections kept',
        connections: 16,
        contenders: [
            { name: 'proxy_pass', server: 'plain', ...request, anyType: true,
              expected: MESSAGE },
            { name: 'grip', server: 'grip', ...request },
        ],
        goals: ({ grip, proxy_pass: base }) => [
            goal('requests/s against `proxy_pass`', ratio(grip, base, 'rate'),
                 '≥', 0.9),
        ],
    };
}


function apiGateway() {
    return {
        name: 'api-gateway',
        title: 'A function of API Gateway, beside one that answers JSON',
        connections: 16,
        contenders: [
            { name: 'as=json', server: 'grip',
              ...events('/call-json', [MESSAGE]) },
            { name: 'as=api-gateway', server: 'grip',
              ...events('/call-api-gateway', [MESSAGE]) },
        ],
        goals: ({ 'as=api-gateway': aws, 'as=json': json }) => [
            goal('requests/s against `as=json`', ratio(aws, json, 'rate'),
                 '≥', 0.85),
        ],
    };
}


// The time until an answer is there, of one client that lets the call of its last
// request come to an end before it asks again.

async function answerTime(name, program, request, { seconds }) {
    await check(name, program.port, request, answer(['done']));

    const connection = await Connection.open(program.port);
    const bytes = bytesOf(request);
    const end = performance.now() + 1000 * seconds;
    const before = program.cpu;
    const times = [];

    while (performance.now() < end) {
        const start = performance.now();

        await connection.ask(bytes);
        times.push(1000 * (performance.now() - start));
        await sleep(1);
    }

    connection.close();
    times.sort((a, b) => a - b);

    return { rate: times.length / seconds,
             cpu: (program.cpu - before) / times.length,
             p50: median(times), p99: times[Math.floor(0.99 * times.length)] };
}


// The function shares the server's core: on that of the client it would keep the
// client from reading the answer.

function detached({ backend, grip }) {
    const asked = (name, path) => ({
        name, server: 'grip',

        async measure(options) {
            backend.pin(SERVER_CORE);

            try {
                return await answerTime(name, grip, events(path, [MESSAGE]),
                                        options);
            } finally {
                backend.pin(LOAD_CORE);
            }
        },
    });

    return {
        name: 'detached',
        title: 'The answer of a rule that sends, and of one that calls a '
               + 'function besides, `detached`; one client, a request every ms',
        contenders: [asked('send', '/send'),
                     asked('send, call detached', '/send-call')],
        goals: ({ send, 'send, call detached': called }) => [
            goal('time until the answer against that without a call',
                 ratio(called, send, 'p50'), '≤', 1.1),
        ],
    };
}


module.exports = { apiGateway, call, detached };
