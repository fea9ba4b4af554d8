'use strict';

// Whether the nginx of a soak have grown: no more than GROWTH times what they
// had after the first minutes, in which pools, caches and connections reach
// their size.  A run that has nothing to compare says so.

const WARM = 5 * 60000;                 // ms
const GROWTH = 1.05;


// samples: [{ at, NAME: KB }], in their order, at in ms since the beginning

function growth(samples, names) {
    const warm = samples.find(({ at }) => at >= WARM);
    const last = samples.at(-1);

    if (!warm || warm === last) {
        return {
            faults: [],
            text: `too short to tell whether nginx grows, which takes more `
                  + `than ${WARM / 60000 + 1} minutes`,
        };
    }

    return {
        faults: names.filter((name) => last[name] > warm[name] * GROWTH)
            .map((name) => `the ${name} nginx has ${last[name]} KB, it had `
                           + `${warm[name]} KB`),

        text: names.map((name) => `the ${name} nginx had ${warm[name]} KB after `
                                  + `${Math.round(warm.at / 1000)} s, and has `
                                  + `${last[name]} KB`).join(', '),
    };
}


module.exports = { growth };
