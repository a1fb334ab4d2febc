import { beforeEach, describe, expect, test } from 'vitest';
import { STEPS } from '../../protocol/order/lifecycle.ts';
import { CHROMIUM_PATH } from './chromium.ts';
import { NETWORK_STORY, ORDER_MS, servePage } from './served-page.ts';
import { dropFile, separableCsv, type Visit } from './visit.ts';

describe.skipIf(CHROMIUM_PATH === undefined)('the story of one order, in a browser', () => {
  const served = servePage();
  let at: Visit;

  beforeEach(async () => {
    at = await served.visit(`${NETWORK_STORY}#genesis=${served.network.genesis}`);
  });

  const order = (name: string) => at.page.locator(`[data-order=${name}]`);

  async function orderAndFinish(): Promise<void> {
    await at.page.locator('.quote table').waitFor();
    await at.page.getByRole('button', { name: 'Encrypt, sign and order' }).click();
    await at.page.locator('[data-order=train][data-final=true]').waitFor({ timeout: ORDER_MS });
    await at.page.locator('[data-accuracy]').waitFor({ timeout: ORDER_MS });
  }

  test('the digits: seven steps live, accuracy, block, receipt, tampering, and a provider that cheats', async () => {
    const { page } = at;
    await page.getByRole('button', { name: '1,797 handwritten digits' }).click();
    await page.locator('.quote table').waitFor();
    expect(await page.locator('.quote tbody tr').count()).toBe(3);
    await page.getByRole('button', { name: 'Encrypt, sign and order' }).click();

    // Live: the compute step is seen while it runs, with its chunks.
    const running = order('train').locator('[data-step=compute][data-state=current] progress');
    await running.waitFor({ timeout: ORDER_MS });
    expect(Number(await running.getAttribute('max'))).toBeGreaterThan(1);
    await at.screenshot('story-running');
    await page.locator('[data-order=train][data-final=true]').waitFor({ timeout: ORDER_MS });
    for (const step of STEPS) {
      const shown = order('train').locator(`[data-step=${step}]`);
      expect(await shown.getAttribute('data-state')).toBe('done');
      expect(await shown.locator('.step-time').textContent()).toMatch(/^\+[\d.]+ m?s$/);
    }
    expect(await order('train').locator('.money').textContent()).toContain('= quote');
    expect(at.streams[0]).toContain('text/event-stream');

    // The held-out rows, scored in the page, and the same bytes computed again in it.
    const accuracy = page.locator('[data-accuracy]');
    await accuracy.waitFor({ timeout: ORDER_MS });
    expect(Number(await accuracy.getAttribute('data-accuracy'))).toBeGreaterThanOrEqual(0.95);
    await page.getByRole('button', { name: 'Recompute it in this browser' }).click();
    await page.locator('[data-recomputed=true]').waitFor({ timeout: ORDER_MS });

    // The block that made the order final.
    const block = page.locator('#proof .block');
    await block.waitFor();
    expect(await block.locator('.seats').getAttribute('aria-label')).toMatch(/^(9|1[0-3]) of 13 seats signed$/);

    await verifyAndTamper();
    await letProviderCheat();
    await at.screenshot('story-end');
  });

  async function verifyAndTamper(): Promise<void> {
    const { page } = at;
    const verdict = page.locator('.receipt [data-verdict]');
    await page.getByRole('button', { name: 'Verify receipt' }).click();
    await page.locator('.receipt [data-verdict=accepted]').waitFor();
    expect(await verdict.locator('[data-state=passed]').count()).toBe(5);
    for (let flips = 0; flips < 5; flips++) {
      await page.getByRole('button', { name: 'Tamper with it' }).click();
      await page.locator('.receipt [data-verdict=refused][data-tampered=true]').waitFor();
      expect(await verdict.locator('[data-state=refused]').count()).toBe(1);
      expect(await verdict.textContent()).toMatch(/603 receipt_invalid|604 foreign_network/);
      await page.getByRole('button', { name: 'Verify receipt' }).click();
      await page.locator('.receipt [data-verdict=accepted]').waitFor();
    }
    // Another network's hash refuses the same receipt.
    await page.getByLabel('Genesis hash to trust').fill('0'.repeat(64));
    await page.getByRole('button', { name: 'Verify receipt' }).click();
    await page.locator('.receipt [data-verdict=refused][data-tampered=false]').waitFor();
    expect(await verdict.locator('[data-state=refused]').getAttribute('data-check')).toBe('network');
  }

  async function letProviderCheat(): Promise<void> {
    const { page } = at;
    await page.getByRole('button', { name: 'Order with a cheating provider' }).click();
    await page.locator('[data-caught]').waitFor({ timeout: ORDER_MS });
    expect(await page.locator('[data-caught]').getAttribute('data-caught')).toBe('true');
    const attempts = order('cheat').locator('.attempt');
    expect(await attempts.evaluateAll((items) => items.map((item) => item.getAttribute('data-verdict')))).toEqual([
      'failed',
      'passed',
    ]);
    expect(await attempts.first().textContent()).toContain('caught: not paid');
    const liar = await attempts.first().locator('del code').getAttribute('title');
    const other = await attempts.last().locator('code').getAttribute('title');
    const paid = page.locator('[data-paid]');
    await paid.waitFor();
    expect(await paid.getAttribute('data-paid')).toBe(other);
    expect(other).not.toBe(liar);
  }

  test('a dropped file is trained on; wrong ones are refused with row and column, and order nothing', async () => {
    const { page } = at;
    await dropFile(page, 'bad.csv', 'width,height,kind\n1,2,0\n3,tall,1\n');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('Row 2, column height');
    expect(await alert.textContent()).toContain('503 cell_not_numeric');
    expect(await page.locator('.order-form').count()).toBe(0);

    await dropFile(page, 'ragged.csv', 'width,height,kind\n1,2,0\n3,4,1\n5,6\n');
    await page.getByText('Row 3, column kind: A row has another number of cells').waitFor();
    await dropFile(page, 'one.csv', 'width,height,kind\n1,2,0\n3,4,0\n5,6,0\n');
    await page.getByText('506 one_class').waitFor();

    await dropFile(page, 'shapes.csv', separableCsv());
    await page.getByRole('heading', { name: 'shapes.csv' }).waitFor();
    expect(await alert.count()).toBe(0);
    await orderAndFinish();
    expect(await page.locator('[data-accuracy]').getAttribute('data-accuracy')).toBe('1');
    await at.screenshot('story-own-file');
  });

  test('a price limit below every quote is refused before anything is signed', async () => {
    const { page } = at;
    await dropFile(page, 'shapes.csv', separableCsv());
    await page.locator('.quote table').waitFor();
    await page.getByLabel('Price limit (HAI)').fill('0.00000001');
    await page.getByRole('button', { name: 'Encrypt, sign and order' }).click();
    await order('train').getByText('402 price_limit_below_quote').waitFor();
    expect(at.streams).toEqual([]);
  });

  test('the account outlives a reload, and what is in it too', async () => {
    const { page } = at;
    const balance = page.locator('.balance', { hasText: '1,000 HAI' });
    await dropFile(page, 'shapes.csv', separableCsv());
    await balance.waitFor();
    const address = await page.locator('.wallet code').getAttribute('title');
    await page.reload();
    await dropFile(page, 'shapes.csv', separableCsv());
    await balance.waitFor();
    expect(await page.locator('.wallet code').getAttribute('title')).toBe(address);
  });
});
