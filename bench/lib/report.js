'use strict';

// The results, for people and for programs.

const fs = require('node:fs');
const os = require('node:os');
const { spawnSync } = require('node:child_process');

const { barChart } = require('./plot');
const { nginxVersion } = require('./servers');


function number(value) {
    if (value === undefined) {
        return '';
    }

    if (Math.abs(value) >= 100) {
        return Math.round(value).toLocaleString('en-US');
    }

    return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}


function table(head, rows) {
    const cells = [head, ...rows];
    const widths = head.map((_, i) => {
        return Math.max(...cells.map((row) => row[i].length));
    });

    const line = (row) => {
        const parts = row.map((cell, i) => {
            return i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]);
        });

        return `| ${parts.join(' | ')} |`;
    };

    const rule = widths.map((width, i) => {
        return i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`;
    });

    return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)]
        .join('\n');
}


function met({ value, op, limit }) {
    return op === '≥' ? value >= limit : value <= limit;
}


function measuredTable({ unit, rows }) {
    const fields = [['rate', `${unit}/s`], ['heard', 'heard/s'],
                    ['cpu', 'CPU µs'], ['behind', 'CPU µs behind'],
                    ['posts', 'POSTs'], ['p50', 'p50 µs'], ['p99', 'p99 µs']]
        .filter(([field]) => rows.some((row) => field in row));

    const base = rows[0].rate.median;

    return table(['', ...fields.map(([, title]) => title), 'range',
                  'against the first'],
                 rows.map((row) => {
        const { low, high, median } = row.rate;

        return [row.name, ...fields.map(([field]) => number(row[field]?.median)),
                `${Math.round(100 * (high - low) / median)} %`,
                number(median / base)];
    }));
}


function memoryTable({ rows }) {
    return table(['', 'KiB, idle', 'KiB, held'], rows.map((row) => {
        return [row.name, number(row.idle / 1024), row.held === null ? '' : number(row.held / 1024)];
    }));
}


function syscallTable({ rows }) {
    return table(['', 'besides epoll_wait', 'epoll_wait', 'the most frequent'],
                 rows.map((row) => {
        const calls = Object.entries(row.calls).sort((a, b) => b[1] - a[1])
            .slice(0, 3).map(([name, n]) => `${name} ${n.toFixed(2)}`);

        return [row.name, row.other.toFixed(3), row.waiting.toFixed(3),
                calls.join(', ')];
    }));
}


function goalTable(results) {
    const rows = results.flatMap((result) => result.goals.map((one) => {
        const range = one.low === undefined
                      ? '' : `${number(one.low)}–${number(one.high)}`;

        return [`${result.name}: ${one.text}`, `${one.op} ${one.limit}`,
                number(one.value), range, met(one) ? 'yes' : '**no**'];
    }));

    return table(['', 'goal', 'median', 'range', 'met'], rows);
}


function section(result) {
    const make = { memory: memoryTable, syscalls: syscallTable }[result.name]
                 ?? measuredTable;

    return `### ${result.title}\n\n${make(result)}\n`;
}


function firstLine(command, ...args) {
    const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });

    return `${stdout ?? ''}${stderr ?? ''}`.split('\n')[0].trim();
}


function machine() {
    const [cpu] = os.cpus();
    const release = fs.readFileSync('/etc/os-release', 'utf8');

    return {
        date: new Date().toISOString().slice(0, 10),
        cpu: `${os.cpus().length} × ${cpu.model.trim()}`,
        memory: `${(os.totalmem() / 2 ** 30).toFixed(1)} GiB`,
        system: `${/PRETTY_NAME="(.*)"/.exec(release)?.[1]}, `
                + `Linux ${os.release()}`,
        nginx: nginxVersion(),
        pushpin: firstLine('pushpin', '--version'),
        node: process.version,
        openssl: firstLine('openssl', 'version'),
        wrk: firstLine('wrk', '-v').replace(/ Copyright.*/, ''),
        load: os.loadavg()[0].toFixed(2),
    };
}


// build/bench.json, build/bench.md and a plot of each case

function write(folder, about, results) {
    fs.writeFileSync(`${folder}/bench.json`,
                     `${JSON.stringify({ about, results }, null, 2)}\n`);

    const lines = Object.entries(about).map(([name, value]) => {
        return `- ${name}: ${value}`;
    });

    fs.writeFileSync(`${folder}/bench.md`,
                     [`${lines.join('\n')}\n`, `${goalTable(results)}\n`,
                      ...results.map(section)].join('\n'));

    for (const { name, title, unit, rows } of results) {
        if (rows[0].rate) {
            fs.writeFileSync(`${folder}/bench-${name}.svg`,
                             barChart(`${title}, ${unit} a second`, rows));
        }
    }
}


module.exports = { goalTable, machine, section, table, write };
