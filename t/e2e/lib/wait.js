'use strict';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));


// Rejects when the promise has not settled in time.

function within(ms, what, promise) {
    let timer;

    const late = new Promise((resolve, reject) => {
        timer = setTimeout(() => {
            reject(new Error(`waited ${ms} ms for ${what}`));
        }, ms);
    });

    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}


// Resolves with the first value of condition() that is true.

async function until(what, condition, ms = 10000) {
    const end = Date.now() + ms;

    for (;;) {
        const value = await condition();

        if (value) {
            return value;
        }

        if (Date.now() > end) {
            throw new Error(`waited ${ms} ms until ${what}`);
        }

        await sleep(10);
    }
}


module.exports = { sleep, until, within };
