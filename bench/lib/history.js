'use strict';

// The cost of a history to a publish, a client that comes back, and a link.

const { goal } = require('./cases');
const { Connection, bytesOf } = require('./load');
const { MESSAGE } = require('./servers');
const { ratio } = require('./stats');

const ITEM = 'x'.repeat(100);


function published() {
    const request = { connections: 256, server: 'history',
                      body: Buffer.from(MESSAGE),
                      headers: { 'Content-Type': 'text/plain' },
                      expected: 'Published\n' };

    return {
        name: 'history-publish',
        title: 'Publishing with a history, into a control port that keeps '
               + 'connections',
        unit: 'items',
        contenders: [
            { name: 'without', ...request, path: '/publish' },
            { name: 'with', ...request, path: '/keep' },
        ],
        goals: ({ without, with: kept }) => [
            goal('items/s against those without a history',
                 ratio(kept, without, 'rate'), '≥', 0.95),
            goal('CPU of those without against it',
                 ratio(without, kept, 'cpu'), '≥', 0.95),
        ],
    };
}


// Eleven items, of which a client knows the first.  The answers of the other
// server have a body as long, as it cannot know the ids; the second one also
// has headers, and a path, that are as long.

async function clients(port) {
    const connection = await Connection.open(port);
    const ids = [];

    for (let i = 0; i < 11; i++) {
        const answer = await connection.ask(bytesOf({
            path: '/ten', body: Buffer.from(ITEM), headers: { 'Content-Type': 'text/plain' },
        }));

        ids.push(answer.header('last-event-id'));
    }

    const events = `:\n\n${ids.slice(1).map((id) => {
        return `id: ${id}\ndata: ${ITEM}\n\n`;
    }).join('')}`;

    const answer = await connection.ask(bytesOf({
        method: 'GET', path: '/resume', headers: { 'Last-Event-ID': ids[0] },
    }));

    connection.close();

    const resume = { method: 'GET', path: '/resume',
                     headers: { 'Last-Event-ID': ids[0] } };

    const link = { method: 'GET',
                   path: /<([^>]+)>/.exec(answer.header('grip-link'))[1],
                   headers: { 'Grip-Last': `ten; last-id=${ids[10]}` } };

    return { resume, events, link };
}


function against(name, title, request, expected, base, same, limit) {
    return {
        name, title, connections: 16,
        contenders: [
            { name: 'return 200', server: 'plain', ...request, ...base },
            { name: 'return 200, same bytes', server: 'plain', ...request,
              ...base, path: same.padEnd(request.path.length, '0') },
            { name: 'grip', server: 'history', ...request, expected },
        ],
        goals: ({ grip, 'return 200': plain,
                  'return 200, same bytes': bytes }) => [
            goal('requests/s against `return 200` of the same bytes',
                 ratio(grip, bytes, 'rate'), '≥', limit),
            goal('CPU of that against it',
                 ratio(bytes, grip, 'cpu'), '≥', limit),
            goal('requests/s against `return 200` of the same body alone',
                 ratio(grip, plain, 'rate'), '≥', limit),
            goal('CPU of that against it',
                 ratio(plain, grip, 'cpu'), '≥', limit),
        ],
    };
}


async function resumed(port) {
    const { resume, events, link } = await clients(port);

    return [
        against('history-resume', 'A client that has missed ten items of 100 '
                                  + 'bytes', resume, events,
                { expected: events.replace(/^id: .*$/gm,
                                           `id: ${'0'.repeat(33)}`) },
                '/resent', 0.75),
        against('history-link', 'A link with nothing new', link, '',
                { path: '/none', expected: '' }, '/relink/', 0.8),
    ];
}


module.exports = { published, resumed };
