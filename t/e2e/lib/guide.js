'use strict';

// The whole files of a page of docs/, and an nginx that runs one of them as it
// stands but for ports and paths.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { accepts, modulePath, nginxBinary, root } = require('./nginx');
const { Program } = require('./program');
const { until } = require('./wait');

// name=value of pushpin.conf but for paths and addresses, for pushpin.sh

const OURS = new RegExp('^(?:include|rundir|ipc_prefix|http_port|logdir'
                        + '|routesfile|push_in_http_\\w+)$');


class Guide {

    constructor(name) {
        this.text = fs.readFileSync(path.join(root, 'docs', name), 'utf8');
    }


    // The first block of its language behind the name of a file, as a heading
    // or between backticks, or behind any other words.

    file(name, language, words = new RegExp(`^(?:## |.*\`)${name}\\b`, 'm')) {
        const named = this.text.search(words);
        const [, text] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``)
            .exec(named < 0 ? '' : this.text.slice(named)) ?? [];

        assert.ok(text, `there is a ${name}`);

        return text;
    }


    settings(name) {
        const all = {};
        let section;

        for (const line of this.file(name, 'ini').split('\n')) {
            const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];

            section = /^\[(\w+)\]$/.exec(line)?.[1] ?? section;

            if (key && !OURS.test(key)) {
                all[`${section}.${key}`] = value;
            }
        }

        return all;
    }


    // for bench.pushpin()

    routes(name, port) {
        return this.file(name, '').replaceAll(`127.0.0.1:${port}`, '%s');
    }
}


class Site {

    constructor() {
        this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grip-site-'));
        fs.chmodSync(this.folder, 0o755);
    }


    // ports: those of the page -> those of the test, names: the same of others

    configure(text, ports, names = {}) {
        let conf = text
            .replace(/^(?:load_module|user|error_log) .*\n/mg, '')
            .replaceAll('/etc/nginx/', `${this.folder}/`)
            .replace(/^http \{\n/m, `$&
                access_log off;
                client_body_temp_path client_body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
            `);

        for (const [theirs, ours] of Object.entries(names)) {
            conf = conf.replaceAll(theirs, ours);
        }

        for (const [theirs, ours] of Object.entries(ports)) {
            conf = conf.replace(new RegExp(`(127\\.0\\.0\\.1:|listen )${theirs}\\b`,
                                           'g'), `$1${ours}`);
        }

        const module = modulePath();

        fs.writeFileSync(path.join(this.folder, 'nginx.conf'), `
            ${module ? `load_module ${module};` : ''}
            daemon off;
            pid nginx.pid;
            error_log error.log info;
            ${conf}`);
    }


    async start(port) {
        this.nginx = new Program(nginxBinary(),
                                 ['-p', this.folder, '-c', 'nginx.conf',
                                  '-e', 'error.log'],
                                 { env: { ...process.env, GRIP_URL: '',
                                          GRIP_PREFIX: '',
                                          GRIP_VERIFY_KEY: '' } });

        await this.nginx.start(() => until('nginx listens',
                                           () => accepts(port)));
    }


    // The lines that nobody wants to see.

    complaints() {
        return fs.readFileSync(path.join(this.folder, 'error.log'), 'utf8')
            .split('\n')
            .filter((line) => /\[(emerg|alert|crit)\]| grip: /.test(line));
    }


    remove() {
        fs.rmSync(this.folder, { recursive: true });
    }
}


module.exports = { Guide, Site };
