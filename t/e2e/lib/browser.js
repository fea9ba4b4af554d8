'use strict';

// The Chromium of the system, without a window, with a profile of its own.

const { chromium } = require('playwright-core');

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';


function launch() {
    return chromium.launch({
        executablePath,
        args: ['--no-sandbox', '--disable-gpu', '--no-first-run',
               '--disable-background-networking',
               '--disable-component-update', '--disable-sync'],
    });
}


module.exports = { launch };
