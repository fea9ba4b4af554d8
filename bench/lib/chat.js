'use strict';

// End to end: clients, Pushpin, the server, Pushpin, clients.

const { goal } = require('./cases');
const { LOAD_CORE, run } = require('./program');
const { BENCH, ports } = require('./servers');
const { ratio } = require('./stats');

// what begins with this is for the server on node
const NODE = '/node/';

const ROUTES = `\
* 127.0.0.1:${ports.grip},over_http
*,path_beg=${NODE},replace_beg=/ 127.0.0.1:${ports.faasGrip},over_http
`;


function contender(name, server, path, [clients, senders, window]) {
    return {
        name,
        measure: async ({ servers, seconds, behind }) => {
            const program = servers[server];
            const before = [program.cpu, behind.cpu];

            const output = await run(
                LOAD_CORE, process.execPath,
                [`${BENCH}/chat-client.js`,
                 `ws://127.0.0.1:${ports.pushpin}${path}`,
                 ...[clients, senders, window, seconds].map(String)]);

            const { sent, heard, messages, p50, p99 } = JSON.parse(
                output.slice(output.indexOf('{')));

            return { rate: sent, heard, p50, p99,
                     cpu: (program.cpu - before[0]) / messages,
                     behind: (behind.cpu - before[1]) / messages };
        },
    };
}


function one() {
    const who = [1, 1, 1];

    return {
        name: 'chat-1', title: 'Chat through Pushpin, one client',
        unit: 'messages',
        contenders: [
            contender('grip, echo', 'grip', '/echo', who),
            contender('grip', 'grip', '/chat', who),
            contender('faas-grip', 'faasGrip', `${NODE}chat`, who),
        ],
        goals: ({ grip, 'grip, echo': echo, 'faas-grip': faas }) => [
            goal('p50 against the echo', ratio(grip, echo, 'p50'), '≤', 1.25),
            goal('CPU against faas-grip', ratio(grip, faas, 'cpu'), '≤', 0.2),
        ],
    };
}


function many() {
    const who = [100, 10, 4];

    return {
        name: 'chat-100', title: 'Chat through Pushpin, 100 clients, ten of '
                                 + 'whom speak',
        unit: 'messages',
        contenders: [
            contender('grip', 'grip', '/chat', who),
            contender('faas-grip', 'faasGrip', `${NODE}chat`, who),
        ],
        goals: () => [],
    };
}


module.exports = { ROUTES, many, one };
