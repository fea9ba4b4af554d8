#!/usr/bin/env node
'use strict';

// The chat of "make demo", as its user sees it.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');

const { launch } = require('./lib/browser');
const { accepts, childrenOf, modulePath, nginxBinary,
        root } = require('./lib/nginx');
const { freePort } = require('./lib/ports');
const { Program } = require('./lib/program');
const { suite } = require('./lib/suite');
const { sleep, until } = require('./lib/wait');


function runDemo(...ports) {
    return new Program(path.join(root, 'demo/run'), ports, {
        env: { ...process.env, NGINX_BIN: nginxBinary(),
               GRIP_MODULE: modulePath(),

               // one of its pages is the configuration
               TEST_SHOWN_KEY: 'changeme' },
    });
}


// The processes that a process has started, with their command lines.

function children(parent) {
    return childrenOf(parent).map((pid) => {
        const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');

        return { pid, command };
    });
}


// The log of Pushpin since its last start.

function pushpinLog(demo) {
    const [, folder] = /pushpin\.sh\0(.*?\/pushpin)\0/.exec(
        children(demo.child.pid).map(({ command }) => command).join(''));

    return fs.readFileSync(path.join(folder, 'pushpin.log'), 'utf8');
}


// Runs in the page: texts, and edges of buttons, that stand out too little from
// what is behind them.

function faint() {
    const canvas = document.createElement('canvas').getContext('2d');

    function rgb(color) {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);

        return [...canvas.getImageData(0, 0, 1, 1).data];
    }

    function luminance(color) {
        const [r, g, b] = rgb(color).slice(0, 3).map((c) => {
            return c / 255 <= .03928 ? c / 255 / 12.92
                                     : ((c / 255 + .055) / 1.055) ** 2.4;
        });

        return .2126 * r + .7152 * g + .0722 * b;
    }

    function contrast(one, other) {
        const [dark, light] = [luminance(one), luminance(other)].sort(
            (a, b) => a - b);

        return (light + .05) / (dark + .05);
    }

    // the page itself glows at its top

    function behind(node) {
        for (; node; node = node.parentElement) {
            const color = getComputedStyle(node).backgroundColor;

            if (node === document.body) break;
            if (rgb(color)[3] === 255) return [color];
        }

        const root = getComputedStyle(document.documentElement);

        return ['--page', '--glow'].map((name) => root.getPropertyValue(name));
    }

    const found = [];

    function check(node, what, color, least, backgrounds) {
        for (const background of backgrounds) {
            const ratio = contrast(color, background);

            if (ratio < least) {
                const name = node.className || node.id || node.localName;

                found.push(`${what} of ${name}: ${color} on ${background}: `
                           + ratio.toFixed(2));
            }
        }
    }

    for (const node of document.querySelectorAll('body *')) {
        const style = getComputedStyle(node);
        const text = [...node.childNodes].some(
            ({ nodeType, data }) => nodeType === 3 && data.trim() !== '');

        if (style.display === 'none' || !node.getClientRects().length) continue;

        if (text) check(node, 'text', style.color, 4.5, behind(node));

        if (node.localName === 'input') {
            check(node, 'placeholder',
                  getComputedStyle(node, '::placeholder').color, 4.5,
                  behind(node));
        }

        if (node.localName === 'button') {
            const edge = style.borderTopWidth === '0px'
                         ? style.backgroundColor : style.borderTopColor;

            check(node, 'edge', edge, 3, behind(node.parentElement));
        }
    }

    return found;
}


// A tab with the page.

class Tab {

    static async open(browser, url) {
        const tab = new Tab();

        tab.errors = [];
        tab.page = await (await browser.newContext()).newPage();
        tab.page.on('pageerror', (error) => tab.errors.push(error.message));

        await tab.page.goto(url);
        await tab.is('open');
        await tab.listens();

        return tab;
    }


    async is(state) {
        await this.page.waitForSelector(`#status[data-state=${state}]`,
                                        { timeout: 20000 });
    }


    async listens() {
        for (const pane of ['events', 'poll']) {
            await this.page.waitForSelector(
                `#${pane}-status[data-state=open]`, { timeout: 20000 });
        }
    }


    async say(text) {
        await this.page.fill('#text', text);
        await this.page.press('#text', 'Enter');
    }


    // The last message, as "author: text", with "> " before one's own.

    last() {
        return this.page.evaluate(() => {
            const item = [...document.querySelectorAll('.message')].at(-1);

            return item && (item.matches('.mine') ? '> ' : '')
                           + `${item.querySelector('.by b').textContent}: `
                           + item.querySelector('.text').textContent;
        });
    }


    notices() {
        return this.page.evaluate(() => {
            return [...document.querySelectorAll('.notice')]
                .map((item) => item.textContent);
        });
    }


    // The lines of a pane that only listens.

    lines(pane) {
        return this.page.evaluate((name) => {
            return [...document.querySelectorAll(`#${name} .line`)]
                .map((line) => ({ text: line.lastChild.data,
                                  missed: line.matches('.missed') }));
        }, pane);
    }


    // The last of them.

    async hears(pane, text) {
        await until(`"${text}" is the last of ${pane}`, async () => {
            const lines = await this.lines(pane);

            return lines.at(-1)?.text === text;
        });
    }


    async shows(text) {
        let last;

        try {
            await until(`the page shows "${text}"`, async () => {
                last = await this.last();
                return last === text;
            });

        } catch (error) {
            throw new Error(`${error.message}, it shows "${last}"`);
        }
    }
}


suite(async ({ test }) => {
    const ports = [await freePort(), await freePort(), await freePort()];
    const [port, nginxPort] = ports;
    const demo = runDemo(...ports);

    await demo.start(() => until('the demo explains itself', () => {
        return demo.output.includes('Ctrl-C ends all');
    }));

    const started = Date.now();
    const browser = await launch();
    const url = `http://localhost:${port}/`;
    let ann, bob;


    await test('the demo says where to look, and there is a chat', async () => {
        assert.ok(demo.output.includes(url));
        ann = await Tab.open(browser, url);
        bob = await Tab.open(browser, url);
        assert.equal(await ann.page.textContent('#nick'), 'anonymous');
    });


    await test('two tabs talk to each other', async () => {
        await ann.say('hello');
        await bob.shows('anonymous: hello');
        await ann.shows('> anonymous: hello');
        await bob.say('<b>hi</b> & "bye"');
        await ann.shows('anonymous: <b>hi</b> & "bye"');
    });


    await test('messages are heard by an EventSource and a long-poll, too',
               async () => {

        // the first long-poll of a channel is asked for again
        await sleep(1500);

        for (const text of ['one', 'two  lines', '<i>three</i>']) {
            await ann.say(text);

            for (const tab of [ann, bob]) {
                await tab.hears('events', `anonymous: ${text}`);
                await tab.hears('poll', `anonymous: ${text}`);
            }

            await bob.shows(`anonymous: ${text}`);

            // until the next poll waits
            await sleep(300);
        }
    });


    await test('a page that nobody sees listens no more, and hears '
               + 'what it missed when it is seen again',
               async () => {
        const hide = (hidden) => ann.page.evaluate((value) => {
            Object.defineProperty(document, 'hidden',
                                  { value, configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }, hidden);

        await hide(true);
        await ann.page.waitForSelector('#events-status[data-state=paused]');
        await ann.page.waitForSelector('#poll-status[data-state=paused]');

        const texts = ['unseen', 'unheard', 'unread'];

        for (const text of texts) {
            await bob.say(text);
            await ann.shows(`anonymous: ${text}`);
        }

        await hide(false);

        for (const pane of ['events', 'poll']) {
            await ann.hears(pane, 'anonymous: unread');

            const lines = await ann.lines(pane);

            assert.deepEqual(lines.slice(-4).map(({ text }) => text),
                             ['<i>three</i>', ...texts]
                                 .map((text) => `anonymous: ${text}`));
        }

        assert.deepEqual((await ann.lines('events')).slice(-4)
            .map(({ missed }) => missed), [false, true, true, true]);

        await bob.say('back?');
        await ann.hears('events', 'anonymous: back?');
        await ann.hears('poll', 'anonymous: back?');
    });


    await test('a client that has been away for too long is told', async () => {
        const page = await (await browser.newContext()).newPage();
        const tab = Object.assign(new Tab(), { page });

        await page.route(/\/(events|poll)\?after=$/, (route) => {
            return route.continue({ url: `${route.request().url()}gone` });
        });

        await page.goto(url);

        for (const pane of ['events', 'poll']) {
            await until(`${pane} tells`, async () => {
                const [line] = await tab.lines(pane);

                return line?.text === 'Some messages are not kept any more.';
            });
        }

        await page.close();
    });


    await test('a nick is shown to its owner, and to others with messages',
               async () => {
        await ann.say('/nick ann');
        await until('the nick is shown', async () => {
            return await ann.page.textContent('#nick') === 'ann';
        });

        await ann.say('it is me');
        await bob.shows('ann: it is me');
        await ann.shows('> ann: it is me');
        await bob.say('nobody');
        await ann.shows('anonymous: nobody');
    });


    await test('a nick that cannot be is a line to its sender alone',
               async () => {
        for (const wrong of ['/nick', '/nick ', '/nick   ', '/nick a b',
                             '/nick ann: hi', '/nick :'])
        {
            const notices = await ann.notices();

            await ann.say(wrong);
            await until(`"${wrong}" is answered`, async () => {
                return (await ann.notices()).length === notices.length + 1;
            });

            assert.match((await ann.notices()).at(-1),
                         /^type \/nick NAME to set a nickname/);
            assert.equal(await ann.page.textContent('#nick'), 'ann');
        }

        await ann.say('/nickel is a metal');
        await bob.shows('ann: /nickel is a metal');
        assert.deepEqual(await bob.notices(), []);
        assert.ok(!(await bob.page.textContent('#messages'))
                  .includes('/nick '));
    });


    await test('the shown configuration is the one that runs', async () => {
        const shown = (await ann.page.textContent('#conf')).trim();
        const [, folder] = /pushpin\.sh\0(.*?)\/pushpin\0/.exec(
            children(demo.child.pid).map(({ command }) => command).join(''));
        const file = path.join(folder, 'nginx.conf');
        const runs = fs.readFileSync(file, 'utf8').replace(/^ {4}/mg, '');

        assert.ok(runs.includes(shown));
        assert.ok(shown.includes(`listen 127.0.0.1:${nginxPort};`));
        assert.ok(shown.includes(`127.0.0.1:${ports[2]}/`));
        assert.match(shown, /^server \{$/m);
    });


    await test('one region of the page is live', async () => {
        assert.deepEqual(await ann.page.evaluate(() => {
            return [...document.querySelectorAll('[role], [aria-live]')]
                .filter((node) => /^(log|status|alert|timer|marquee)$/
                            .test(node.role) || node.ariaLive)
                .map((node) => node.id);
        }), ['messages']);
    });


    await test('all text has a contrast of 4.5, and buttons an edge of 3',
               async () => {
        for (const colorScheme of ['light', 'dark']) {
            await ann.page.emulateMedia({ colorScheme });
            assert.deepEqual(await ann.page.evaluate(faint), []);
        }
    });


    await test('the curl command that is shown speaks for alice', async () => {
        const [command] = /^curl [^]*?\n$/m.exec(demo.output);
        const { stdout } = await promisify(execFile)('bash', ['-c', command]);

        assert.match(stdout, /^HTTP\/1\.1 200 OK/);
        assert.match(stdout, /nickname set to \[alice\]/);
        await ann.shows('alice: hello');
        await bob.shows('alice: hello');
    });


    await test('without its signature the command gets 403', async () => {
        const [command] = /^curl [^]*?\n$/m.exec(demo.output);
        const unsigned = command.split('\n')
            .filter((line) => !line.includes('Grip-Sig')).join('\n');
        const { stdout } = await promisify(execFile)('bash', ['-c', unsigned]);

        assert.match(stdout, /^HTTP\/1\.1 403/);
    });


    await test('live curves show what is said, to those who ask nginx itself',
               async () => {
        const [curves] = /http:\S+\/metrics\.html/.exec(demo.output);
        const page = await (await browser.newContext()).newPage();

        assert.equal(new URL(curves).port, String(nginxPort));
        await page.goto(curves);
        await page.waitForSelector('#status[data-state=live]');

        await until('the curves have risen', async () => {
            await ann.say('seen?');

            return page.evaluate(() => ['events', 'publishes'].every((id) => {
                return parseFloat(document.querySelector(`#${id} dd`)
                    ?.textContent) > 0;
            }));
        });

        await page.goto(`${url}metrics.html`);
        await page.waitForSelector('#status[data-state=lost]');
        assert.match(await page.textContent('#trouble'), /refused \(403\)/);
    });


    await test('the tabs come back after Pushpin was restarted', async () => {

        // one that ends at once would not be started again
        await sleep(Math.max(0, started + 3000 - Date.now()));

        const pushpin = children(demo.child.pid)
            .find(({ command }) => command.includes('pushpin.sh'));

        process.kill(pushpin.pid, 'SIGTERM');

        await ann.is('waiting');

        // the proxy is not there, or the tabs are not

        const [command] = /^curl [^]*?\n$/m.exec(demo.output);

        await promisify(execFile)('bash',
                                  ['-c', command.replace('hello', 'anybody?')
                                       .replace('TEXT 5', 'TEXT 8')]);
        await Promise.all([ann.is('open'), bob.is('open')]);

        await until('both are subscribed again', () => {
            const lines = pushpinLog(demo)
                .match(/\] subscribe ws:.* channel=room$/mg);

            return lines?.length >= 2;
        });

        for (const tab of [ann, bob]) {
            await tab.hears('events', 'alice: anybody?');
            await tab.hears('poll', 'alice: anybody?');
        }

        await bob.say('back');
        await ann.shows('anonymous: back');

        await Promise.all([ann.listens(), bob.listens()]);
        await sleep(1500);

        await ann.say('still me');
        await bob.shows('ann: still me');
        await bob.hears('events', 'ann: still me');
        await bob.hears('poll', 'ann: still me');
    }, 60000);


    await test('no script of the page has failed', async () => {
        assert.deepEqual([...ann.errors, ...bob.errors], []);
    });


    await test('a port that is taken is named before anything starts',
               async () => {
        const other = runDemo(await freePort(), nginxPort, await freePort());

        assert.notEqual((await other.ended).code, 0);
        assert.match(other.output, new RegExp(`port ${nginxPort} is taken`));
        assert.doesNotMatch(other.output, /Ctrl-C/);
    });


    await test('an invalid port is refused at once', async () => {
        for (const wrong of ['abc', '0', '080', '65536', '99999999999']) {
            const other = runDemo(wrong, nginxPort, await freePort());

            assert.notEqual((await other.ended).code, 0);
            assert.equal(other.output.trim(), 'demo: PORT is a number from 1 '
                         + `to 65535, not "${wrong}"`);
        }
    });


    await test('with LISTEN=0.0.0.0 it serves browsers on other machines',
               async () => {
        const all = [await freePort(), await freePort(), await freePort()];
        const open = runDemo(...all, '0.0.0.0');
        const there = Object.values(os.networkInterfaces()).flat()
            .find(({ family, internal }) => family === 'IPv4' && !internal)
            ?.address ?? '127.0.0.2';

        await open.start(() => until('the demo explains itself', () => {
            return open.output.includes('Ctrl-C ends all');
        }));

        const tab = await Tab.open(browser, `http://${there}:${all[0]}/`);

        await tab.say('from afar');
        await tab.shows('> anonymous: from afar');
        await tab.hears('events', 'anonymous: from afar');

        assert.match(open.output, /From other machines it is at {2}http:/);
        assert.equal(await accepts(all[1], there), false);
        assert.equal(await accepts(all[2], there), false);
        assert.equal((await open.stop('SIGINT')).code, 0);
    }, 60000);


    await browser.close();


    await test('Ctrl-C ends all and leaves nothing', async () => {
        const parts = children(demo.child.pid).map(({ pid }) => pid);
        const [, folder] = /pushpin\.sh\0(.*?)\/pushpin\0/.exec(
            children(demo.child.pid).map(({ command }) => command).join(''));

        assert.equal(parts.length, 2);
        assert.ok(fs.existsSync(folder));
        assert.equal((await demo.stop('SIGINT')).code, 0);

        for (const one of ports) {
            assert.equal(await accepts(one), false);
        }

        assert.equal(fs.existsSync(folder), false);

        for (const pid of parts) {
            assert.equal(fs.existsSync(`/proc/${pid}`), false);
        }
    });
});
