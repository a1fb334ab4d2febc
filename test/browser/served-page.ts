/** What every test of the page begins with, and what must hold of each of its visits. */
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { buildExplorer } from '../../clients/explorer/build.ts';
import { buildKernels } from '../../hpu/build.ts';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { openChromium } from './chromium.ts';
import { type Visit, visit } from './visit.ts';

/** Of one order on a busy machine. */
export const ORDER_MS = 90_000;

/** The page's other story: one network. */
export const NETWORK_STORY = '/?story=network';

export interface ServedPage {
  /** There from the first test on. */
  readonly network: LocalNetwork;
  /** `path` with its query and fragment. The visit ends with the test. */
  visit(path?: string, options?: BrowserContextOptions): Promise<Visit>;
}

/**
 * Called once in a `describe`: gives its tests the page as it is built now, served by a network of their own, and a browser.
 * After each test its visits end, and none of them may have complained, asked another origin or sent a row in the clear.
 */
export function servePage(): ServedPage {
  let network: LocalNetwork;
  let browser: Browser;
  let visits: Visit[] = [];

  beforeAll(async () => {
    await buildKernels();
    await buildExplorer();
    [network, browser] = await Promise.all([startNetwork(), openChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await network?.close();
  });
  afterEach(async () => {
    const ended = visits;
    visits = [];
    for (const { end } of ended) await end();
    const noted = ended.map(({ complaints, foreign, plain }) => ({ complaints, foreign, plain }));
    expect(noted).toEqual(ended.map(() => ({ complaints: [], foreign: [], plain: [] })));
  });

  return {
    get network() {
      return network;
    },
    async visit(path = '/', options = {}) {
      const made = await visit(browser, network.url, path, options);
      visits.push(made);
      return made;
    },
  };
}
