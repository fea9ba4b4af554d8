'use strict';

// The requests that Pushpin would send, and the right answers.

const crypto = require('node:crypto');

const { event } = require('../../t/e2e/lib/events');
const { MEDIA_TYPE, now, signature } = require('../../t/e2e/lib/origin');

const { MESSAGE } = require('./servers');

const HEADERS = {
    'Accept': MEDIA_TYPE,
    'Connection-Id': '0a66d9a4-9a5e-4c13-b6a3-2b4a6a0f4c21',
    'Content-Type': MEDIA_TYPE,
    'Sec-WebSocket-Extensions': 'grip',
};


function repeat(count, make) {
    return Array.from({ length: count }, (_, i) => make(i));
}


const ask = (messages) => Buffer.concat(messages.map((text) => {
    return event('TEXT', text);
}));

const answer = (messages) => ask(messages.map((text) => `m:${text}`));


// a request of the messages, which come back

function events(path, messages, more = {}) {
    return { path, headers: HEADERS, body: ask(messages), ...more,
             expected: answer(messages) };
}


// an OPEN, which the channels are subscribed to

function opening(path, channels) {
    return {
        path, headers: HEADERS, body: Buffer.from('OPEN\r\n'),
        expected: Buffer.concat(['OPEN\r\n', ...channels.map((channel) => {
            return event('TEXT', `c:{"type":"subscribe","channel":"${channel}"}`);
        })].map((one) => Buffer.from(one))),
    };
}


function signed(path, key) {
    const request = events(path, [MESSAGE]);

    return { ...request,
             headers: { ...HEADERS, 'Grip-Sig': signature({ key }) } };
}


// each token is another one, as ES256 is not deterministic

function signedES256(path, privateKey, count) {
    const text = [{ typ: 'JWT', alg: 'ES256' },
                  { iss: 'pushpin', exp: now() + 7200 }].map((part) => {
        return Buffer.from(JSON.stringify(part)).toString('base64url');
    }).join('.');

    const tokens = repeat(count, () => {
        const bytes = crypto.sign('sha256', Buffer.from(text),
                                  { key: privateKey,
                                    dsaEncoding: 'ieee-p1363' });

        return `${text}.${bytes.toString('base64url')}`;
    });

    return { ...events(path, [MESSAGE]), tokens };
}


// an item as the module makes it of a message

const item = (text) => ({ channel: 'room',
                          formats: { 'ws-message': { content: text } } });

const items = (messages) => JSON.stringify({ items: messages.map(item) });


module.exports = { HEADERS, answer, events, items, opening, repeat, signed,
                   signedES256 };
