/** The Chromium of this host. `npm ci` brings none: without one these tests are skipped, and say so. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const USUAL_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const asked = process.env.CHROMIUM_PATH;

export const CHROMIUM_PATH = (asked ? [asked] : USUAL_PATHS).find((path) => existsSync(path));

if (CHROMIUM_PATH === undefined) {
  console.warn(
    'SKIPPED: the page was not tested, because there is no Chromium here.\n' +
      'Debian and Ubuntu: apt-get install -y chromium. Elsewhere: CHROMIUM_PATH=/path/to/chromium npm run test:browser',
  );
}

export async function openChromium(): Promise<Browser> {
  if (CHROMIUM_PATH === undefined) throw new Error('no Chromium');
  // A container's root has no user namespace for the sandbox; the page that is tested is our own.
  return chromium.launch({ executablePath: CHROMIUM_PATH, args: ['--no-sandbox'] });
}
