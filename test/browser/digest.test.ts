import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { CHROMIUM_PATH } from './chromium.ts';
import { servePage } from './served-page.ts';

type Vector = { readonly suite: string; readonly parts: Record<string, string> };

describe.skipIf(CHROMIUM_PATH === undefined)('the kernels in a browser', () => {
  const served = servePage();

  test('give the digest that Node and workerd give, part by part', async () => {
    const vector: Vector = JSON.parse(await readFile(new URL('../vectors/digest.json', import.meta.url), 'utf8'));
    const { page } = await served.visit('/?digest');
    await page.locator('tbody tr').first().waitFor({ timeout: 60_000 });
    const rows = await page
      .locator('tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
    expect(Object.fromEntries(rows)).toEqual(vector.parts);
    expect(await page.locator('#digest').textContent()).toBe(vector.suite);
  });
});
