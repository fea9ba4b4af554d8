'use strict';

// A Lambda runtime: a process whose functions are the files of t/e2e/lambda.

const path = require('node:path');

const { accepts, root } = require('./nginx');
const { Program } = require('./program');
const { until } = require('./wait');


class Lambda {

    constructor(port, env) {
        this.port = port;
        this.env = env;
    }


    async start() {
        this.program = new Program(process.execPath,
            [path.join(__dirname, 'lambda-runtime.js'), this.port,
             path.join(root, 't/e2e/lambda')],
            { env: { ...process.env, ...this.env } });

        await this.program.start(() => until('functions can be invoked', () => {
            return accepts(this.port);
        }));
    }


    async stop() {
        await this.program.stop();
    }
}


// Where the function of that name is invoked.

function invocations(port, name) {
    return `http://127.0.0.1:${port}/2015-03-31/functions/${name}/invocations`;
}


module.exports = { Lambda, invocations };
