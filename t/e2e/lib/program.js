'use strict';

// A child process that ends with us, whatever ends us.

const { spawn } = require('node:child_process');

const { within } = require('./wait');


class Program {

    constructor(command, args, options = {}) {
        this.name = command;
        this.output = '';

        this.child = spawn('setpriv',
                           ['--pdeathsig', 'TERM', '--', command, ...args],
                           { stdio: ['ignore', 'pipe', 'pipe'], ...options });

        this.ended = new Promise((resolve) => {
            this.child.once('error', (error) => {
                this.output += `${error.message}\n`;
                resolve({ code: -1 });
            });

            this.child.once('exit', (code, signal) => {
                resolve({ code, signal });
            });
        });

        for (const stream of [this.child.stdout, this.child.stderr]) {
            stream.setEncoding('utf8');
            stream.on('data', (text) => {
                this.output += text;
            });
        }
    }


    // Resolves when ready() holds, rejects with the output if it ends before.

    async start(ready, ms = 15000) {
        const died = this.ended.then(({ code, signal }) => {
            const how = signal ?? `status ${code}`;

            throw new Error(`${this.name} ended (${how}):\n${this.output}`);
        });

        await within(ms, `${this.name} to start`,
                     Promise.race([ready(), died]));
    }


    signal(name) {
        if (this.child.exitCode === null && this.child.signalCode === null) {
            this.child.kill(name);
        }
    }


    async stop(name = 'SIGTERM', ms = 15000) {
        this.signal(name);

        try {
            return await within(ms, `${this.name} to end`, this.ended);

        } catch (error) {
            this.signal('SIGKILL');
            throw error;
        }
    }
}


module.exports = { Program };
