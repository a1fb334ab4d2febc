import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildExplorer } from '../../clients/explorer/build.ts';
import { buildKernels } from '../../hpu/build.ts';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { CHROMIUM_PATH, openChromium } from './chromium.ts';
import { visit } from './visit.ts';

type Vector = { readonly suite: string; readonly parts: Record<string, string> };

describe.skipIf(CHROMIUM_PATH === undefined)('the kernels in a browser', () => {
  let network: LocalNetwork;
  let browser: Browser;

  beforeAll(async () => {
    await buildKernels();
    await buildExplorer();
    [network, browser] = await Promise.all([startNetwork(), openChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await network?.close();
  });

  test('give the digest that Node and workerd give, part by part', async () => {
    const vector: Vector = JSON.parse(await readFile(new URL('../vectors/digest.json', import.meta.url), 'utf8'));
    const at = await visit(browser, network.url, '/?digest');
    await at.page.locator('tbody tr').first().waitFor({ timeout: 60_000 });
    const rows = await at.page
      .locator('tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
    expect(Object.fromEntries(rows)).toEqual(vector.parts);
    expect(await at.page.locator('#digest').textContent()).toBe(vector.suite);
    expect([...at.complaints, ...at.foreign]).toEqual([]);
    await at.end();
  });
});
