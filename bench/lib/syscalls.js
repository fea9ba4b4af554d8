'use strict';

// System calls of a worker for each request, counted by strace.

const fs = require('node:fs');

const { goal } = require('./cases');
const { check, load } = require('./load');
const { LOAD_CORE, Program, sleep } = require('./program');
const { events } = require('./requests');
const { MESSAGE } = require('./servers');


// { name: calls }

function parse(text) {
    const calls = {};

    for (const line of text.split('\n')) {
        const fields = line.trim().split(/\s+/);

        if (/^[\d.]+$/.test(fields[0]) && fields.at(-1) !== 'total') {
            calls[fields.at(-1)] = Number(fields[3]);
        }
    }

    return calls;
}


async function count(name, program, request, options) {
    const file = `${options.folder}/strace.txt`;
    const size = await check(name, program.port, request, request.expected);

    const strace = new Program(LOAD_CORE, 'strace',
                               ['-c', '-o', file, '-p',
                                String(program.worker)]);

    await strace.until(() => strace.output.includes('attached'));

    const { requests } = await load(name, program.port, request,
                                    { ...options, seconds: 1, connections: 16,
                                      size });

    await sleep(100);
    strace.child.kill('SIGINT');
    await strace.ended;

    const calls = parse(fs.readFileSync(file, 'utf8'));
    const row = { name, calls: {} };

    for (const [call, times] of Object.entries(calls)) {
        row.calls[call] = times / requests;
    }

    row.waiting = row.calls.epoll_wait ?? 0;
    row.other = Object.values(row.calls).reduce((sum, n) => sum + n, 0)
                - row.waiting;

    return row;
}


async function syscalls({ servers, ...options }) {
    const request = events('/echo', [MESSAGE]);

    const rows = [
        await count('return 200', servers.plain, request, options),
        await count('grip', servers.grip, request, options),
        await count('Lua', servers.lua, request, options),
        await count('faas-grip', servers.faasGrip, request, options),
    ];

    return {
        name: 'syscalls', title: 'System calls for each echo of 49 bytes',
        rows,
        goals: [goal('system calls besides epoll_wait', rows[1].other,
                     '≤', 2.1)],
    };
}


module.exports = { syscalls };
