'use strict';

// Publishes what is posted to it, as the README of faas-grip does, but for the
// response: a lone string is not its body to that class, but its code.

const grip = require('grip');
const faasGrip = require('faas-grip');


exports.handler = async (event) => {
    await faasGrip.publish('mychannel', [
        new grip.HttpStreamFormat(event.body),
        new grip.HttpResponseFormat({ body: event.body }),
    ]);

    return { statusCode: 200, headers: { 'Content-Type': 'text/plain' },
             body: 'published\n' };
};
