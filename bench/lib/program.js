'use strict';

// Programs on cores, and what they cost.

const fs = require('node:fs');
const { spawn, spawnSync } = require('node:child_process');

// of the processes that are measured, and of what loads them
const SERVER_CORE = 0;
const LOAD_CORE = 1;

const TICKS = Number(spawnSync('getconf', ['CLK_TCK']).stdout) || 100;
const PAGE = Number(spawnSync('getconf', ['PAGESIZE']).stdout) || 4096;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));


// A program that ends with us, whatever ends us.

class Program {

    constructor(core, command, args, { cwd, env, name = command } = {}) {
        this.name = name;
        this.output = '';

        this.child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', 'taskset',
                                       '-c', String(core), command, ...args],
                           { cwd, env: { ...process.env, ...env },
                             stdio: ['ignore', 'pipe', 'pipe'] });

        for (const stream of [this.child.stdout, this.child.stderr]) {
            stream.setEncoding('utf8');
            stream.on('data', (text) => {
                this.output += text;
            });
        }

        this.ended = new Promise((resolve) => {
            this.child.once('error', (error) => {
                this.output += error.message;
                resolve(-1);
            });
            this.child.once('close', (code) => resolve(code ?? -1));
        });
    }


    get running() {
        return this.child.exitCode === null && this.child.signalCode === null;
    }


    async until(ready, ms = 15000) {
        const end = Date.now() + ms;

        while (!await ready()) {
            if (!this.running || Date.now() > end) {
                throw new Error(`${this.name} did not start:\n${this.output}`);
            }

            await sleep(50);
        }
    }


    // itself and all that it has started

    get pids() {
        const list = [this.child.pid];

        for (const pid of list) {
            list.push(...childrenOf(pid));
        }

        return list;
    }


    // microseconds of CPU since the start

    get cpu() {
        return this.pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
    }


    // resident bytes

    get memory() {
        return this.pids.reduce((sum, pid) => sum + memoryOf(pid), 0);
    }


    // what spends the CPU: of nginx, the worker

    get worker() {
        return this.pids.at(-1);
    }


    pin(core) {
        for (const pid of this.pids) {
            spawnSync('taskset', ['-acp', String(core), String(pid)]);
        }
    }


    // Under valgrind, a signal on the way to epoll_wait() interrupts nothing.

    async stop() {
        const kill = () => this.running && this.child.kill('SIGTERM');
        const timer = setInterval(kill, 500);

        kill();
        await this.ended;
        clearInterval(timer);
    }
}


function read(file) {
    try {
        return fs.readFileSync(file, 'utf8');

    } catch {
        return '';
    }
}


function childrenOf(pid) {
    const text = read(`/proc/${pid}/task/${pid}/children`);

    return text.split(' ').filter((child) => child !== '').map(Number);
}


function cpuOf(pid) {
    const stat = read(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');

    // utime and stime, the 14th and 15th of all
    return stat && (Number(fields[11]) + Number(fields[12])) * 1e6 / TICKS;
}


function memoryOf(pid) {
    return Number(read(`/proc/${pid}/statm`).split(' ')[1] ?? 0) * PAGE;
}


// The output of a program that ends by itself.

async function run(core, command, args, options) {
    const program = new Program(core, command, args, options);
    const code = await program.ended;

    if (code !== 0) {
        throw new Error(`${program.name} failed (${code}):\n${program.output}`);
    }

    return program.output;
}


module.exports = { LOAD_CORE, Program, SERVER_CORE, run, sleep };
