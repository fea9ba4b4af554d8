'use strict';

// A handler of a Function URL, payload format 2.0: whatever it returns is the
// body of a response.

exports.handler = async (event) => {
    if (event.queryStringParameters?.fail) {
        throw new RangeError(event.queryStringParameters.fail);
    }

    return { hello: event.requestContext.http.sourceIp,
             body: event.body ?? null, binary: event.isBase64Encoded,
             path: event.rawPath, cookies: event.cookies ?? [] };
};
