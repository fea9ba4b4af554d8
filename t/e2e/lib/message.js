'use strict';

// Reads HTTP/1 messages from a stream and keeps their bytes.

class Message {

    constructor(head) {
        const lines = head.toString('latin1').split('\r\n');

        this.start = lines.shift();
        this.lines = lines;
        this.headers = new Map();

        for (const line of lines) {
            const colon = line.indexOf(':');
            const name = line.slice(0, colon).toLowerCase();
            const values = this.headers.get(name) ?? [];

            values.push(line.slice(colon + 1).trim());
            this.headers.set(name, values);
        }
    }


    // The value of a header that appears once, undefined if it does not.

    header(name) {
        const values = this.headers.get(name.toLowerCase());

        if (values !== undefined && values.length > 1) {
            throw new Error(`${values.length} headers ${name}`);
        }

        return values?.[0];
    }


    get status() {
        return Number(this.start.split(' ')[1]);
    }


    get method() {
        return this.start.split(' ')[0];
    }


    get target() {
        return this.start.split(' ')[1];
    }
}


// The end of a chunked body that begins at offset at, and its content.

function chunked(bytes, at) {
    const content = [];

    for (;;) {
        const end = bytes.indexOf('\r\n', at);

        if (end < 0) {
            return null;
        }

        const size = parseInt(bytes.toString('latin1', at, end), 16);

        if (bytes.length < end + 2 + size + 2) {
            return null;
        }

        content.push(bytes.subarray(end + 2, end + 2 + size));
        at = end + 2 + size + 2;

        if (size === 0) {
            return { end: at, body: Buffer.concat(content) };
        }
    }
}


// Emits each complete message of a socket through its callback, in order.

class MessageReader {

    constructor(socket, onMessage) {
        this.bytes = Buffer.alloc(0);
        this.onMessage = onMessage;

        socket.on('data', (data) => {
            this.bytes = Buffer.concat([this.bytes, data]);
            this.read(false);
        });

        socket.on('end', () => this.read(true));
    }


    read(ended) {
        for (;;) {
            const head = this.bytes.indexOf('\r\n\r\n');

            if (head < 0) {
                return;
            }

            const message = new Message(this.bytes.subarray(0, head));
            const found = this.body(message, head + 4, ended);

            if (found === null) {
                return;
            }

            message.body = Buffer.from(found.body);
            message.raw = Buffer.from(this.bytes.subarray(0, found.end));

            this.bytes = this.bytes.subarray(found.end);
            this.onMessage(message);
        }
    }


    body(message, at, ended) {
        if (message.header('transfer-encoding') === 'chunked') {
            return chunked(this.bytes, at);
        }

        const isResponse = message.start.startsWith('HTTP/');
        let length = message.header('content-length');

        if (length === undefined && isResponse
            && ![204, 304].includes(message.status))
        {
            return ended ? { end: this.bytes.length,
                             body: this.bytes.subarray(at) } : null;
        }

        length = Number(length ?? 0);

        if (this.bytes.length < at + length) {
            return null;
        }

        return { end: at + length, body: this.bytes.subarray(at, at + length) };
    }
}


module.exports = { Message, MessageReader };
