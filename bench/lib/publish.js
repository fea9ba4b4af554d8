'use strict';

// Publishing: into Pushpin, and into a control port that keeps connections.

const fs = require('node:fs');

const { goal } = require('./cases');
const { LOAD_CORE, run } = require('./program');
const { events, items, repeat } = require('./requests');
const { MESSAGE, ports } = require('./servers');
const { ratio, spread } = require('./stats');

const BATCH = 100;
const CLIENTS = 256;


// A request that publishes its messages, and is answered by nothing.

function publishes(name, server, path, count, more) {
    return { name, server, connections: CLIENTS, per: count,
             ...events(path, repeat(count, () => MESSAGE)), expected: '',
             ...more };
}


// The C program: one connection, a POST after another.

function publisher(name, port, { folder, publisherProgram }, target) {
    const file = `${folder}/items.json`;

    fs.writeFileSync(file, items(repeat(BATCH, () => MESSAGE)));

    return {
        name,
        measure: async ({ seconds }) => {
            const before = target.cpu;
            const { posts, seconds: passed } = JSON.parse(
                await run(LOAD_CORE, publisherProgram,
                          [String(port), file, String(seconds)]));

            return { rate: posts * BATCH / passed,
                     behind: (target.cpu - before) / posts / BATCH,
                     posts: 1 / BATCH };
        },
    };
}


// Each POST to Pushpin is a connection.  All that the machine makes are
// counted, so the number is too high, if anything.

function pushpinBehind(pushpin) {
    return {
        get cpu() {
            return pushpin.cpu;
        },

        requests() {
            const [names, values] = fs.readFileSync('/proc/net/snmp', 'utf8')
                .split('\n').filter((line) => line.startsWith('Tcp:'))
                .map((line) => line.split(' '));

            return Number(values[names.indexOf('ActiveOpens')]) ;
        },
    };
}


function sinkBehind(backend) {
    return {
        get cpu() {
            return backend.cpu;
        },

        async requests() {
            const answer = await fetch(
                `http://127.0.0.1:${ports.sink}/requests`);
            const text = await answer.text();

            // "accepts handled requests"
            return Number(text.split('\n')[2].trim().split(' ')[2]);
        },
    };
}


function loaded(pushpin, options, level) {
    return {
        name: `publish-${level}`,
        title: `Publishing into Pushpin under load, ${CLIENTS} connections, `
               + `log_level=${level}`,
        unit: 'items',
        contenders: [
            publisher('C, 100 items a POST', ports.control, options, pushpin),
            publishes('grip, 1 a request', 'grip', '/publish', 1),
            publishes('grip, 10 a request', 'grip', '/publish', 10),
            publishes('faas-grip', 'faasGrip', '/publish', 1),
        ],
        goals: ({ 'C, 100 items a POST': base, 'grip, 1 a request': one,
                  'grip, 10 a request': ten, 'faas-grip': faas }) => [
            goal('items/s against the C publisher, one a request',
                 ratio(one, base, 'rate'), '≥', 0.5),
            goal('items/s against the C publisher, ten a request',
                 ratio(ten, base, 'rate'), '≥', 0.9),
            goal('items/s against faas-grip', ratio(one, faas, 'rate'),
                 '≥', 20),
            goal('POSTs an item, one a request',
                 spread(one.rounds.map(({ posts }) => posts)), '≤', 0.05),
        ],
    };
}


function sink(backend, options) {
    return {
        name: 'publish-sink',
        title: 'Publishing under load into a control port that keeps '
               + 'connections',
        unit: 'items',
        contenders: [
            publisher('C, 100 items a POST', ports.sink, options, backend),
            publishes('grip, 1 a request', 'grip', '/publish', 1,
                      { port: ports.sinkPort }),
            publishes('grip, 10 a request', 'grip', '/publish', 10,
                      { port: ports.sinkPort }),
        ],
        goals: () => [],
    };
}


function idle() {
    const body = Buffer.from(items([MESSAGE]));

    return {
        name: 'publish-idle',
        title: 'Publishing one item at a time into Pushpin',
        connections: 1,
        contenders: [
            { name: 'proxy_pass', server: 'plain', path: '/publish/', body,
              headers: { 'Content-Type': 'application/json' }, anyType: true,
              expected: 'Published\n' },
            { ...publishes('grip', 'grip', '/publish', 1), connections: 1 },
        ],
        goals: ({ grip, proxy_pass: base }) => [
            goal('p50 against `proxy_pass`', ratio(grip, base, 'p50'),
                 '≤', 1.1),
        ],
    };
}


module.exports = { idle, loaded, pushpinBehind, sink, sinkBehind };
