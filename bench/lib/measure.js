'use strict';

// A case: its contenders are checked, warmed, and measured in turns.

const { check, load } = require('./load');
const { spread } = require('./stats');


// One round of a contender, of what its requests carry: { rate, cpu, p50, p99 },
// cpu in microseconds of the server's processes.  behind, if there is one, is
// what is behind the server: { cpu, requests() }.

async function measureLoad(row, { behind, ...options }) {
    const { name, program, port, per = 1 } = row;
    const before = [program.cpu, behind?.cpu, await behind?.requests()];
    const result = await load(name, port, row, options);
    const things = result.requests * per;

    const round = { rate: things / result.seconds,
                    cpu: (program.cpu - before[0]) / things,
                    p50: result.p50, p99: result.p99 };

    if (behind) {
        round.behind = (behind.cpu - before[1]) / things;
        round.posts = (await behind.requests() - before[2]) / things;
    }

    return round;
}


// Programs on node are slow at first.

async function warm(row, options) {
    const seconds = row.program.name.startsWith('nginx') ? 1 : options.warm;

    await load(row.name, row.port, row, { ...options, seconds });
}


// options: { rounds, seconds, warm, folder, servers, behind }
// Returns { name, title, unit, rows, goals }.

async function measure({ name, title, unit = 'requests', connections,
                         contenders, goals }, options)
{
    const rows = contenders.map((contender) => {
        const program = options.servers[contender.server];

        return { connections, port: program?.port, ...contender, program,
                 rounds: [] };
    });

    for (const row of rows.filter((one) => !one.measure)) {
        const size = await check(row.name, row.port, row, row.expected);
        const all = { ...options, connections: row.connections, size };

        row.measure = () => measureLoad(row, all);
        await warm(row, all);
    }

    for (let i = 0; i < options.rounds; i++) {
        for (const row of rows) {
            row.rounds.push(await row.measure(options));
        }
    }

    const byName = Object.fromEntries(rows.map((row) => [row.name, row]));

    return { name, title, unit, rows: rows.map(summary), goals: goals(byName) };
}


function summary({ name, rounds }) {
    const row = { name };

    for (const field of Object.keys(rounds[0])) {
        row[field] = spread(rounds.map((round) => round[field]));
    }

    return row;
}


module.exports = { measure };
