'use strict';

// Clients of one room, some of whom speak; all hear what is said.
//
//   node chat-client.js URL CLIENTS SENDERS WINDOW SECONDS
//
// Each sender has WINDOW messages on the way and sends another one when one
// of its own comes back.  Prints JSON, times in microseconds.

const { WebSocket } = require('ws');

const [, , url, clients, senders, window, seconds] = process.argv;

const times = [];
const LENGTH = 49;

let running = false;
let closing = false;
let sent = 0;
let heard = 0;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const clock = () => Number(process.hrtime.bigint() / 1000n);


class Member {

    constructor(index) {
        this.index = index;
        this.waiting = 0;
        this.socket = new WebSocket(url, { perMessageDeflate: false });

        this.opened = new Promise((resolve, reject) => {
            this.socket.once('open', resolve);
            this.socket.once('error', reject);
        });

        this.socket.on('message', (data) => this.hear(data.toString()));
        this.socket.on('close', (code) => {
            if (!closing) {
                console.error(`closed with ${code}`);
                process.exit(1);
            }
        });
    }


    say() {
        const text = `${this.index} ${clock()} `;

        this.waiting++;
        sent++;
        this.socket.send(text.padEnd(LENGTH, '.'));
    }


    hear(text) {
        const [index, time] = text.split(' ');

        heard++;

        if (Number(index) !== this.index) {
            return;
        }

        this.waiting--;
        times.push(clock() - Number(time));

        if (running) {
            this.say();
        }
    }


    close() {
        this.socket.close(1000);

        return new Promise((resolve) => this.socket.once('close', resolve));
    }
}


async function drain(members) {
    for (let i = 0; i < 100; i++) {
        if (members.every(({ waiting }) => waiting === 0)) {
            return;
        }

        await sleep(100);
    }

    throw new Error('some messages did not come back');
}


async function main() {
    const members = [];

    for (let i = 0; i < Number(clients); i++) {
        members.push(new Member(i));
        await members[i].opened;
    }

    // the proxy subscribes a client a moment after it has let it in
    await sleep(500);

    const start = clock();
    const end = start + Number(seconds) * 1e6;

    running = true;

    for (const member of members.slice(0, Number(senders))) {
        for (let i = 0; i < Number(window); i++) {
            member.say();
        }
    }

    await sleep((end - clock()) / 1000);
    running = false;

    const passed = (clock() - start) / 1e6;
    const result = { sent: times.length / passed, heard: heard / passed };

    await drain(members);
    times.sort((a, b) => a - b);

    console.log(JSON.stringify({
        ...result, messages: sent,
        p50: times[Math.floor(times.length * 0.5)],
        p99: times[Math.floor(times.length * 0.99)],
    }));

    closing = true;
    await Promise.all(members.map((member) => member.close()));
}


main().catch((error) => {
    console.error(error);
    process.exit(1);
});
