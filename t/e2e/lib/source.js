'use strict';

// An EventSource that never gives up.  Unlike one of Node it remembers an id
// that came without an event, and whatever else it has heard.
//
// A client that cannot come back may lose its stream as soon as it has it:
// until Pushpin 1.41 a keep-alive between its parts may reach the proxy when
// the handler has just taken the stream over, which then misses a number and
// hangs up.  Its log says so, see canceled() of lib/pushpin.js.

const { Stream } = require('./http');
const { sleep } = require('./wait');


class Source {

    constructor(port, target, { ms = 2000 } = {}) {
        Object.assign(this, { port, target, ms, heard: [], resets: 0, id: '',
                              opened: 0, closed: false });
        this.running = this.run();
    }


    async run() {
        while (!this.closed) {
            const headers = this.id ? { 'Last-Event-ID': this.id } : {};

            try {
                this.stream = await Stream.open(this.port, this.target,
                                                { headers, ms: this.ms });

            } catch {
                await sleep(50);
                continue;
            }

            if (this.stream.status !== 200) {
                this.stream.terminate();
                await sleep(50);
                continue;
            }

            this.opened++;
            await this.read(this.stream);
        }
    }


    async read(stream) {
        let at = 0;

        const read = () => {
            const end = stream.text.lastIndexOf('\n\n') + 2;

            if (!this.closed && end > at) {
                stream.text.slice(at, end).split('\n\n')
                    .forEach((block) => this.event(block));
                at = end;
            }
        };

        stream.response.on('data', read);
        read();

        if (this.closed) {
            stream.terminate();
        }

        await stream.ended;
    }


    event(block) {
        const field = (name) => {
            return new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1];
        };

        this.id = field('id') ?? this.id;

        if (field('event') === 'reset') {
            this.resets++;

        } else if (field('data') !== undefined) {
            this.heard.push(field('data'));
        }
    }


    async close() {
        this.closed = true;
        this.stream?.terminate();
        await this.running;
    }
}


module.exports = { Source };
