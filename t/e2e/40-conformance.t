#!/usr/bin/env node
'use strict';

// docs/conformance.md names tests that exist, and all that name a row.

const fs = require('node:fs');
const path = require('node:path');

const { root } = require('./lib/nginx');
const { suite } = require('./lib/suite');

// all but row 39, about a feature of newer proxies that we do not use
const ROWS = Array.from({ length: 55 }, (_, i) => i + 1)
    .filter((row) => row !== 39);


const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');


// Titles of a test file; what a template fills in is written "…".

function titles(source) {
    const calls = /\btest\(((?:\s*\+?\s*(?:'(?:[^'\\]|\\.)*'|`[^`]*`))+)/g;
    const parts = /'((?:[^'\\]|\\.)*)'|`([^`]*)`/g;

    return [...source.matchAll(calls)].map(([, call]) => {
        return [...call.matchAll(parts)]
            .map(([, plain, template]) => plain ?? template).join('')
            .replace(/\$\{[^}]*\}/g, '…').replaceAll("\\'", "'");
    });
}


// The table: row number -> [{ file, title }]

function table() {
    const rows = new Map();

    for (const line of read('docs/conformance.md').split('\n')) {
        const match = /^\| (\d+) \|.*\| ([^|]+) \|$/.exec(line);

        if (match) {
            rows.set(Number(match[1]), match[2].split('<br>').map((entry) => {
                const [, file, title] = /^`(.+?)`: (.+)$/.exec(entry.trim());

                return { file, title };
            }));
        }
    }

    return rows;
}


function check(wrong) {
    if (wrong.length > 0) {
        throw new Error(wrong.join('\n'));
    }
}


suite(async ({ test }) => {
    const rows = table();
    const named = [...rows.values()].flat();


    await test('the table has a row for each requirement', async () => {
        check(ROWS.filter((row) => !rows.has(row)).map((row) => `row ${row}`));
    });


    await test('the tests that the table names exist', async () => {
        check(named.filter(({ file, title }) => {
            const source = read(file);

            return !(file.endsWith('.t') ? titles(source).includes(title)
                                         : source.includes(`"${title}"`));
        }).map(({ file, title }) => `${file}: ${title}`));
    });


    await test('the tests that name a row are in the table', async () => {
        const missing = [];

        for (const name of fs.readdirSync(__dirname)) {
            if (!name.endsWith('.t')) {
                continue;
            }

            for (const title of titles(read(`t/e2e/${name}`))) {
                const [, list] = /^rows? ([\d, ]+):/.exec(title) ?? [];

                for (const row of list?.split(', ').map(Number) ?? []) {
                    if (!rows.get(row)?.some((one) => one.title === title)) {
                        missing.push(`row ${row}: ${name}: ${title}`);
                    }
                }
            }
        }

        check(missing);
    });
});
