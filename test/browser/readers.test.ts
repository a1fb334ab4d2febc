/** The page for each of its readers: two languages, two themes, a telephone, a keyboard, a screen reader, and a doubter. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { CHROMIUM_PATH } from './chromium.ts';
import { lowContrast, nameless } from './reading.ts';
import { NETWORK_STORY, ORDER_MS, servePage } from './served-page.ts';
import { dropFile, separableCsv } from './visit.ts';

/** Presses of Tab within which everything on the page is reached. */
const TABS_MAX = 60;

describe.skipIf(CHROMIUM_PATH === undefined)('the page', () => {
  const served = servePage();

  /** Everything that the page can show. */
  async function wholeStory(page: Page): Promise<void> {
    await dropFile(page, 'shapes.csv', separableCsv());
    await page.locator('.quote table').waitFor();
    await page.locator('.order-form button[type=submit]').click();
    await page.locator('[data-accuracy]').waitFor({ timeout: ORDER_MS });
    await page.locator('.receipt button.primary').click();
    await page.locator('[data-verdict=accepted]').waitFor();
    await page.locator('#cheat button.danger').click();
    await page.locator('[data-paid]').waitFor({ timeout: ORDER_MS });
    await page.locator('.blocks button').first().click();
  }

  test.each([
    ['en-GB', 'light', 1280],
    ['zh-CN', 'dark', 1280],
    ['zh-CN', 'light', 390],
    ['en-GB', 'dark', 390],
  ] as const)('reads well: %s, %s, %i pixels wide', async (locale, colorScheme, width) => {
    const at = await served.visit(NETWORK_STORY, { locale, colorScheme, viewport: { width, height: 900 } });
    const { page } = at;
    const isChinese = locale === 'zh-CN';
    expect(await page.locator('html').getAttribute('lang')).toBe(isChinese ? 'zh-CN' : 'en');
    await page.getByRole('heading', { level: 1, name: isChinese ? '一笔 AI 订单' : 'One AI order' }).waitFor();
    await wholeStory(page);
    expect(await lowContrast(page)).toEqual([]);
    expect(await nameless(page)).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await at.screenshot(`readers-${locale}-${colorScheme}-${width}`);
  });

  test('would be found wanting: a pale headline and a button without a name', async () => {
    const { page } = await served.visit(NETWORK_STORY);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.evaluate(() => {
      (document.querySelector('h1') as HTMLElement).style.color = '#c8c8c8';
      document.querySelector('main')?.append(document.createElement('button'));
    });
    expect(await lowContrast(page)).toEqual([expect.stringMatching(/^1\.\d+: One AI order/)]);
    expect(await nameless(page)).toEqual(['<button></button>']);
  });

  test('may ask nobody but its own origin, by its own policy', async () => {
    const at = await served.visit(NETWORK_STORY);
    const refused = await at.page.evaluate(async () => {
      const violated = new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
      });
      // The discard port: nothing listens there, and nothing is to be asked.
      await fetch('http://127.0.0.1:9/').catch(() => {});
      return violated;
    });
    expect(refused).toBe('connect-src');
    expect(at.complaints.splice(0).join()).toContain('Content Security Policy');
    at.foreign.length = 0;
  });

  test('speaks the other language at a press, and remembers it', async () => {
    const { page } = await served.visit(NETWORK_STORY);
    await page.getByRole('heading', { name: 'Your data' }).waitFor();
    await page.getByRole('radio', { name: '中文' }).check({ force: true });
    await page.getByRole('heading', { name: '你的数据' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: '你的数据' }).waitFor();
    await dropFile(page, 'bad.csv', 'a,b,t\n1,x,0\n');
    await page.getByText('第 1 行，b 列：有一格不是数字').waitFor();
    await page.goto(`${served.network.url}${NETWORK_STORY}&lang=en`);
    await page.getByRole('heading', { name: 'Your data' }).waitFor();
  });

  test('turns dark at a press, and remembers it', async () => {
    const { page } = await served.visit(NETWORK_STORY, { colorScheme: 'light' });
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const turn = page.getByRole('button', { name: /^Theme/ });
    await turn.waitFor();
    const light = await background();
    await turn.click();
    expect(await background()).toBe(light);
    await turn.click();
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await turn.waitFor();
    expect(await background()).toBe(dark);
  });

  test('is worked by keyboard alone, and the focus is seen wherever it is', async () => {
    const { page } = await served.visit(NETWORK_STORY);
    await page.getByRole('button', { name: '1,797 handwritten digits' }).waitFor();
    const reach = async (text: string): Promise<void> => {
      for (let tabs = 0; tabs < TABS_MAX; tabs++) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate(() => document.activeElement?.textContent ?? '');
        if (focused.includes(text)) return;
      }
      throw new Error(`${text} is not reached by Tab`);
    };
    await reach('1,797 handwritten digits');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
    expect(outline).toBe('solid');
    await page.keyboard.press('Enter');
    await page.locator('.order-form button[type=submit]:enabled').waitFor();
    await reach('Encrypt, sign and order');
    await page.keyboard.press('Enter');
    await page.locator('[data-order=train]').waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('live');
    await page.locator('[data-accuracy]').waitFor({ timeout: ORDER_MS });
  });

  test('tells a listener of the steps', async () => {
    const { page } = await served.visit(NETWORK_STORY);
    await dropFile(page, 'shapes.csv', separableCsv());
    await page.locator('.quote table').waitFor();
    await page.locator('.order-form button[type=submit]').click();
    const aloud = page.locator('[data-order=train] [aria-live=polite]');
    await aloud.getByText('step 7 of 7').waitFor({ state: 'attached', timeout: ORDER_MS });
  });

  test('says that the genesis is taken on trust when nobody pinned it, and refuses another than the pinned one', async () => {
    const unpinned = await served.visit(NETWORK_STORY);
    await unpinned.page.getByText('taken on trust').waitFor();
    const pinned = await served.visit(`${NETWORK_STORY}#genesis=${served.network.genesis}`);
    await pinned.page.getByText('pinned by your link').waitFor();
    const { page } = await served.visit(`${NETWORK_STORY}#genesis=${'0'.repeat(64)}`);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain(served.network.genesis);
    await dropFile(page, 'shapes.csv', separableCsv());
    await page.getByRole('heading', { name: 'shapes.csv' }).waitFor();
    expect(await page.locator('.order-form').count()).toBe(0);
  });

  test('links to the API that it uses', async () => {
    const at = await served.visit(NETWORK_STORY);
    for (const path of ['/docs', '/openapi.json']) {
      const link = at.page.locator(`footer a[href="${path}"]`);
      await link.waitFor();
      expect((await at.page.request.get(`${served.network.url}${path}`)).status()).toBe(200);
    }
  });
});
