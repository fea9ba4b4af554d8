#!/usr/bin/env node
'use strict';

const assert = require('node:assert/strict');

const { suite } = require('../e2e/lib/suite');
const { growth } = require('./growth');


// of both nginx, each forty seconds

function samples(...sizes) {
    return sizes.map(([minutes, mortal, steady]) => {
        return { at: minutes * 60000, mortal, steady };
    });
}

const names = ['mortal', 'steady'];


suite(async ({ test }) => {
    await test('an nginx that grows by more than a twentieth is a fault', () => {
        const { faults, text } = growth(samples([1, 10, 10], [5, 1000, 2000],
                                                [9, 1051, 2100]), names);

        assert.deepEqual(faults,
                         ['the mortal nginx has 1051 KB, it had 1000 KB']);
        assert.match(text, /steady nginx had 2000 KB after 300 s, and has 2100/);
    });


    await test('growth of the first five minutes is none', () => {
        assert.deepEqual(growth(samples([1, 10, 10], [5.5, 1000, 2000],
                                        [6, 1000, 2000]), names).faults, []);
    });


    await test('a run that is too short says that it has compared nothing',
               () => {
        for (const few of [samples(), samples([0.5, 10, 10]),
                           samples([0.5, 10, 10], [4, 100, 100]),
                           samples([0.5, 10, 10], [5.1, 100, 100])]) {
            const { faults, text } = growth(few, names);

            assert.deepEqual(faults, []);
            assert.match(text, /^too short to tell whether nginx grows/);
        }
    });
});
