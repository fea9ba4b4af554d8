'use strict';

// WebSocket-over-HTTP bodies, as strict as the grammar.

const CRLF = '\r\n';


// event('TEXT', 'hi') and event('OPEN')

function event(type, content) {
    if (content === undefined) {
        return Buffer.from(type + CRLF);
    }

    const bytes = Buffer.from(content);
    const line = `${type} ${bytes.length.toString(16)}${CRLF}`;

    return Buffer.concat([Buffer.from(line), bytes, Buffer.from(CRLF)]);
}


// The events of a body: [{ type, content }], content is null where none is.

function events(body) {
    const list = [];
    let at = 0;

    while (at < body.length) {
        const end = body.indexOf(CRLF, at);
        const line = body.toString('latin1', at, end);
        const match = /^([A-Z]+)(?: (0|[1-9a-f][0-9a-f]*))?$/.exec(line);

        if (end < 0 || match === null) {
            throw new Error(`bad event line "${line}" at ${at}`);
        }

        at = end + 2;

        if (match[2] === undefined) {
            list.push({ type: match[1], content: null });
            continue;
        }

        const stop = at + parseInt(match[2], 16);

        if (body.toString('latin1', stop, stop + 2) !== CRLF) {
            throw new Error(`content at ${at} is not followed by CRLF`);
        }

        list.push({ type: match[1], content: body.subarray(at, stop) });
        at = stop + 2;
    }

    return list;
}


// ['OPEN', 'TEXT c:{…}'], for comparisons that a person can read

function eventNames(body) {
    return events(body).map(({ type, content }) => {
        return content === null ? type : `${type} ${content.toString()}`;
    });
}


// The content of a CLOSE event.

function closePayload(code, reason = '') {
    const head = Buffer.alloc(2);

    head.writeUInt16BE(code);

    return Buffer.concat([head, Buffer.from(reason)]);
}


module.exports = { closePayload, event, eventNames, events };
