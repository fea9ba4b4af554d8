'use strict';

// PHP-FPM with a folder, a pool and a socket of its own.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { Program } = require('./program');
const { until } = require('./wait');


// Debian's has its version in the name.

function binary() {
    const folders = [...process.env.PATH.split(':'), '/usr/sbin'];

    for (const folder of folders) {
        const name = fs.existsSync(folder)
            && fs.readdirSync(folder).find((one) => /^php-fpm[\d.]*$/.test(one));

        if (name) {
            return path.join(folder, name);
        }
    }

    throw new Error('there is no php-fpm');
}


class Php {

    // scripts: name -> text; settings: lines for the pool, where "." is its
    // folder

    constructor(scripts, settings = []) {
        this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grip-php-'));
        this.socket = path.join(this.folder, 'php.sock');

        fs.chmodSync(this.folder, 0o755);

        for (const [name, text] of Object.entries(scripts)) {
            fs.writeFileSync(path.join(this.folder, name), text);
        }

        fs.writeFileSync(path.join(this.folder, 'php.conf'), `
[global]
error_log = ${this.folder}/error.log
daemonize = no

[functions]
user = nobody
group = nogroup
listen = ${this.socket}
listen.mode = 0666
pm = static
pm.max_children = 2
${settings.join('\n').replace(/ = \.$/gm, ` = ${this.folder}/files`)}
`);

        fs.mkdirSync(path.join(this.folder, 'files'));
        fs.chmodSync(path.join(this.folder, 'files'), 0o777);
    }


    async start() {
        this.program = new Program(binary(),
            ['-n', '-F', '-y', path.join(this.folder, 'php.conf')]);

        await this.program.start(() => {
            return until('PHP-FPM listens',
                         () => fs.existsSync(this.socket));
        });
    }


    stop() {
        return this.program.stop();
    }


    remove() {
        fs.rmSync(this.folder, { recursive: true });
    }
}


module.exports = { Php };
