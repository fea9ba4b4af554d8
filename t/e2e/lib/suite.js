'use strict';

// Runs the tests of a file and prints TAP.  An argument of the program selects
// the tests whose titles contain it.

const { Bench } = require('./bench');
const { within } = require('./wait');

const selected = process.argv[2] ?? '';


function comment(text) {
    console.log(String(text).replace(/^/gm, '# '));
}


// suite(async ({ bench, test }) => …) where test(title, async () => …)

async function suite(body) {
    const bench = new Bench();
    let count = 0;
    let failures = 0;


    function report(title, error) {
        count++;
        failures += error ? 1 : 0;

        console.log(`${error ? 'not ok' : 'ok'} ${count} - ${title}`);

        if (error) {
            comment(error.stack ?? error);
        }
    }


    async function test(title, run, ms = 30000) {
        if (!title.includes(selected)) {
            return;
        }

        const marks = bench.marks();
        let failure = null;

        try {
            await within(ms, 'the test to end', run());

        } catch (error) {
            failure = error;
        }

        report(title, failure);

        if (failure) {
            bench.logged(marks).filter((line) => !line.includes('keepalive'))
                .slice(-20).forEach(comment);
        }
    }


    async function end() {
        const wrong = await bench.stop();

        if (bench.nginxes.length > 0) {
            report('nginx ends well and has logged nothing alarming',
                   wrong.length > 0 ? wrong.join('\n') : null);
        }

        console.log(`1..${count}`);
        process.exit(failures > 0 ? 1 : 0);
    }


    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) {
        process.once(signal, () => {
            console.log(`Bail out! ${signal}`);
            bench.stop().finally(() => process.exit(1));
        });
    }

    try {
        await body({ bench, test });

    } catch (error) {
        report('the test file runs to its end', error);
    }

    await end();
}


module.exports = { suite };
