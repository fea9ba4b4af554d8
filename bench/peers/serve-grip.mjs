// An echo made with @fanoutio/serve-grip.
//
//   node serve-grip.mjs PORT CONTROL_URL [VERIFY_KEY]

import http from 'node:http';

import { ServeGrip } from '@fanoutio/serve-grip';

const [, , port, controlUri, verifyKey] = process.argv;

const serveGrip = new ServeGrip({
    grip: { control_uri: controlUri,
            ...verifyKey && { verify_key: verifyKey,
                              verify_iss: 'pushpin' } },
    isGripProxyRequired: verifyKey !== undefined,
});


async function answer(request, response) {
    if (!await serveGrip.run(request, response)) {
        return;
    }

    const { wsContext } = request.grip;

    if (wsContext.isOpening()) {
        wsContext.accept();
    }

    while (wsContext.canRecv()) {
        const message = wsContext.recv();

        if (message === null) {
            wsContext.close();
            break;
        }

        wsContext.send(message);
    }

    response.end();
}


http.createServer((request, response) => {
    answer(request, response).catch((error) => {
        console.error(error);
        response.writeHead(500).end();
    });
}).listen(Number(port), '127.0.0.1', 4096);
