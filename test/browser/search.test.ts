/** The story of a search, in both languages: a file, its columns, a budget, trials, the report, a row, the receipt. */
import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { gaugesCsv } from '../support/gauges.ts';
import { CHROMIUM_PATH } from './chromium.ts';
import { lowContrast, nameless } from './reading.ts';
import { ORDER_MS, servePage } from './served-page.ts';
import { dropFile, type Visit } from './visit.ts';

/** Seven pictures of 4 x 5 pixels: cats and dogs. */
const PICTURES = readFileSync(new URL('../fixtures/tables/pictures.zip', import.meta.url));

/** Two kinds of fruit that their colour and weight tell apart; one cell is missing, one column says nothing. */
function fruitCsv(): string {
  const rows = Array.from({ length: 60 }, (_, row) => {
    const kind = row % 2;
    const weight = row === 7 ? '' : String(100 + 60 * kind + (row % 13));
    return `${weight},${['red', 'green', 'yellow'][(row + kind) % 3]},fruit,${['苹果', '梨'][kind]}`;
  });
  return `重量,colour,sort,种类\n${rows.join('\n')}\n`;
}

const gauges = gaugesCsv({ hours: false });

describe.skipIf(CHROMIUM_PATH === undefined)('the story of a search, in a browser', () => {
  const served = servePage();

  /** Few trials of one family: what is tested is the page. */
  async function sendSmall({ page }: Visit): Promise<void> {
    await page.locator('.quote table').waitFor();
    await page.locator('.order-form .fields input').nth(1).fill('3');
    await page.locator('.order-form summary').click();
    for (const box of (await page.locator('.families input').all()).slice(1)) await box.uncheck();
    await page.locator('.order-form button[type=submit]:enabled').click();
  }

  async function orderSmall(at: Visit): Promise<void> {
    await sendSmall(at);
    await foundIn(at);
  }

  async function foundIn({ page }: Visit): Promise<void> {
    await page.locator('[data-order=search][data-final=true]').waitFor({ timeout: ORDER_MS });
    await page.locator('[data-score]').waitFor({ timeout: ORDER_MS });
  }

  async function reads({ page }: Visit): Promise<void> {
    expect(await lowContrast(page)).toEqual([]);
    expect(await nameless(page)).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  }

  test('English, light: the sample, trials with plots, report, a row here and ordered, ONNX, receipt', async () => {
    const at = await served.visit(`/#genesis=${served.network.genesis}`);
    const { page } = at;
    await page.getByRole('button', { name: '344 penguins' }).click();
    await page.locator('.found[data-target=性别][data-task=classes]').waitFor();
    await page.getByText('11 rows without a value of the target 性别 dropped').waitFor();
    expect(await page.locator('[data-column=备注]').textContent()).toContain('290');
    await orderSmall(at);
    expect(await page.locator('.board tbody tr').count()).toBe(3);
    expect(await page.locator('.board svg.plot .mark').count()).toBe(3);
    expect(await page.locator('[data-order=search] .money').textContent()).toContain('for what was used');
    expect(Number(await page.locator('[data-score]').getAttribute('data-score'))).toBeGreaterThan(0.7);
    expect(await page.locator('.heat-cell').count()).toBe(4);
    expect(await page.locator('.report .bars li').count()).toBeGreaterThan(5);

    await page.getByRole('button', { name: 'Order it from the network' }).click();
    // The row that is asked about can't become another one meanwhile.
    await page.locator('.row-fields input[readonly]').first().waitFor();
    await page.locator('[data-same=true]').waitFor({ timeout: ORDER_MS });
    const answer = await page.locator('[data-answer]').getAttribute('data-answer');
    expect(['MALE', 'FEMALE']).toContain(answer);
    await page.getByRole('textbox', { name: '体重（克）' }).fill('heavy');
    expect(await page.getByRole('button', { name: 'Predict here' }).isDisabled()).toBe(true);
    await page.getByRole('textbox', { name: '体重（克）' }).fill('');
    await page.getByRole('button', { name: 'Predict here' }).click();
    await page.locator('[data-answer]').waitFor();

    await page.getByLabel('Name', { exact: true }).fill('No Name');
    expect(await page.getByRole('button', { name: 'Deploy under this name' }).isDisabled()).toBe(true);
    await page.getByLabel('Name', { exact: true }).fill('penguin-sex');
    await page.getByRole('button', { name: 'Deploy under this name' }).click();
    await page.locator('[data-endpoint=penguin-sex][data-active="1"]').waitFor({ timeout: ORDER_MS });
    // The way back to a version is offered under its own name only.
    await page.getByLabel('Name', { exact: true }).fill('penguin-sexes');
    expect(await page.locator('[data-endpoint]').count()).toBe(0);

    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'ONNX' }).click();
    const file = await (await download).path();
    expect(readFileSync(file).includes('体重（克）')).toBe(true);
    await page.getByRole('button', { name: 'Verify receipt' }).click();
    await page.locator('.receipt [data-verdict=accepted]').waitFor();
    await page.getByRole('button', { name: 'Tamper with it' }).click();
    await page.locator('.receipt [data-verdict=refused][data-tampered=true]').waitFor();
    await reads(at);
    await at.screenshot('search-en-light-1280');
  });

  test('Chinese, dark, on a telephone: own files, refused in their place or repaired, and corrected by hand', async () => {
    const viewport = { width: 390, height: 900 };
    const at = await served.visit('/', { locale: 'zh-CN', colorScheme: 'dark', viewport });
    const { page } = at;
    await page.getByRole('heading', { level: 1, name: '带来一张表' }).waitFor();
    await dropFile(page, 'ragged.csv', 'a,b,y\n1,2,x\n3,z\n');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('ragged_row');
    await dropFile(page, 'one.csv', 'a,y\n1,x\n2,x\n3,x\n');
    await page.getByText('one_class').waitFor();
    expect(await page.locator('.order-form').count()).toBe(0);

    await dropFile(page, 'fruit.csv', fruitCsv());
    await page.locator('.found[data-target=种类]').waitFor();
    expect(await alert.count()).toBe(0);
    await page.getByText('略去 sort').waitFor();
    await page.getByLabel('colour 的类型').selectOption('ignore');
    await page.locator('[data-column=colour][data-role=leftOut]').waitFor();
    await page.getByLabel('任务').selectOption('clusters');
    await page.locator('.found[data-task=clusters]').waitFor();
    await page.getByLabel('目标').selectOption('种类');
    await page.locator('.found[data-task=classes][data-target=种类]').waitFor();
    // What can't be is said, and takes nothing that was read before.
    await page.getByLabel('任务').selectOption('values');
    await page.getByText('不能这样更正').waitFor();
    expect(await page.getByLabel('任务').inputValue()).toBe('classes');
    await orderSmall(at);
    expect(await page.locator('[data-score]').getAttribute('data-score')).toBe('1');
    await page.getByRole('button', { name: '在本页预测' }).click();
    expect(await page.locator('[data-answer]').getAttribute('data-answer')).toBe('苹果');
    await page.getByRole('button', { name: '验证收据' }).click();
    await page.locator('.receipt [data-verdict=accepted]').waitFor();
    await reads(at);
    await at.screenshot('search-zh-dark-390');
    await page.getByText('English', { exact: true }).click();
    await page.getByText('sort is left out').waitFor();
  });

  test('a search outlives a reload and another file: the page goes on with it, and opens its model again', async () => {
    const at = await served.visit('/');
    const { page } = at;
    await dropFile(page, 'fruit.csv', fruitCsv());
    await sendSmall(at);
    const order = page.locator('[data-order=search] .order-head code');
    await order.waitFor({ timeout: ORDER_MS });
    const id = await order.getAttribute('title');
    await page.reload();
    const kept = page.locator(`[data-kept="${id}"]`);
    await kept.waitFor();
    await at.screenshot('search-kept');
    await kept.getByRole('button', { name: 'Go on with this search' }).click();
    await foundIn(at);
    expect(await kept.count()).toBe(0);
    expect(Number(await page.locator('[data-score]').getAttribute('data-score'))).toBeGreaterThan(0.9);
    await page.getByText('Your table is no longer in this page').waitFor();
    await page.getByRole('textbox', { name: '重量' }).fill('165');
    await page.getByRole('button', { name: 'Predict here' }).click();
    await page.locator('[data-answer=梨]').waitFor();
    await reads(at);
    await at.screenshot('search-gone-on-with');

    await dropFile(page, 'bad.csv', 'a,y\n1,x\n2,x\n3,x\n');
    await page.getByText('bad.csv can’t be used').waitFor();
    expect(await page.locator('[data-score]').count()).toBe(1);
    await dropFile(page, 'other.csv', fruitCsv());
    await page.locator('.found[data-target=种类]').waitFor();
    expect(await page.locator('[data-score]').count()).toBe(0);
    await kept.getByRole('button', { name: 'Open its model' }).click();
    await foundIn(at);
    await page.getByText('Your table is no longer in this page').waitFor();
  });

  test('English: how a file is read is told by hand, and rows are read so too, also after a reload', async () => {
    const at = await served.visit('/');
    const { page } = at;
    await dropFile(page, 'gauges.csv', gauges);
    const kindOf = (name: string) => page.getByLabel(`Kind of ${name}`).inputValue();
    const missing = page.getByLabel('Words for a missing cell');
    const decimal = page.getByLabel('Decimal mark');
    const encoding = page.getByLabel('Encoding');
    await page.locator('.reading summary').click();
    expect(await page.getByLabel('Separator').inputValue()).toBe(';');
    expect([await decimal.inputValue(), await encoding.inputValue(), await missing.inputValue()]).toEqual([
      ',',
      'utf-8',
      '',
    ]);
    expect([await kindOf('débit'), await kindOf('niveau')]).toEqual(['category', 'number']);
    await missing.fill('n/d, -999');
    await missing.press('Enter');
    await page.locator('[data-column=débit] td', { hasText: /^6$/ }).waitFor();
    expect([await kindOf('débit'), await missing.inputValue()]).toEqual(['number', 'n/d, -999']);
    await decimal.selectOption('.');
    await page.getByText('The comma is read as the decimal mark').waitFor({ state: 'detached' });
    expect([await kindOf('débit'), await missing.inputValue()]).toEqual(['category', 'n/d, -999']);
    await decimal.selectOption(',');
    await page.getByLabel('Order in dates').selectOption('true');
    await page.getByText('the month is taken to come first').waitFor({ state: 'detached' });
    expect(await kindOf('débit')).toBe('number');
    // Bytes of UTF-8 make no whole number of pairs: nothing that was read is lost.
    await encoding.selectOption('utf-16le');
    await page.getByText('This correction can’t be made').waitFor();
    expect([await encoding.inputValue(), await kindOf('débit')]).toEqual(['utf-8', 'number']);
    await reads(at);
    await at.screenshot('search-reading-en');
    await orderSmall(at);
    expect(await page.getByRole('textbox', { name: 'niveau' }).inputValue()).toBe('1200,5');

    await page.reload();
    await page.getByRole('button', { name: 'Open its model' }).click();
    await foundIn(at);
    const fields = { débit: '7,4', niveau: '1.304,5', 'distance km': '3 km', jour: '13/01/2024' };
    for (const [name, text] of Object.entries(fields)) await page.getByRole('textbox', { name }).fill(text);
    await page.getByRole('button', { name: 'Predict here' }).click();
    await page.locator('[data-answer=élevé]').waitFor();
    await page.getByRole('textbox', { name: 'distance km' }).fill('3 mi');
    expect(await page.locator('.row-fields [aria-invalid=true]').count()).toBe(1);
    expect(await page.getByRole('button', { name: 'Predict here' }).isDisabled()).toBe(true);
  });

  test('Chinese, dark, on a telephone: a file that was refused is read in its encoding, and not in another', async () => {
    const viewport = { width: 390, height: 900 };
    const at = await served.visit('/', { locale: 'zh-CN', colorScheme: 'dark', viewport });
    const { page } = at;
    await dropFile(page, 'gauges.csv', Buffer.from(gauges, 'latin1'));
    await page.getByText('encoding_unknown').waitFor();
    const refused = page.locator('[data-refused="gauges.csv"]');
    await refused.locator('summary').click();
    await reads(at);
    // What is told one by one is kept, though the file is refused still.
    await refused.getByLabel('表示缺失的写法').fill('n/d，-999');
    await refused.getByLabel('表示缺失的写法').press('Enter');
    await refused.getByRole('button', { name: '恢复自动识别' }).waitFor();
    await at.screenshot('search-refused-zh-dark-390');
    await refused.getByLabel('编码').selectOption('windows-1252');
    await page.locator('.found[data-target=état]').waitFor();
    expect([await refused.count(), await page.getByRole('alert').count()]).toEqual([0, 0]);
    await page.locator('[data-column=débit] td', { hasText: /^6$/ }).waitFor();
    await page.locator('.reading summary').click();
    await page.getByLabel('编码').selectOption('utf-8');
    await page.getByText('不能这样更正').waitFor();
    expect(await page.getByLabel('编码').inputValue()).toBe('windows-1252');
    await page.getByLabel('第一行').selectOption('false');
    await page.getByText('dataset_malformed').waitFor();
    expect(await page.locator('.found[data-target=état]').count()).toBe(1);
    await reads(at);
    await at.screenshot('search-reading-zh-dark-390');
    await page.getByRole('button', { name: '恢复自动识别' }).click();
    await page.getByText('encoding_unknown').waitFor();
    expect(await page.getByLabel('表示缺失的写法').inputValue()).toBe('n/d, -999');
    // Nothing of how they are read can be told of pictures.
    await dropFile(page, 'pictures.zip', PICTURES);
    await page.locator('.found[data-target=class]').waitFor();
    expect(await page.locator('.reading').count()).toBe(0);
  });

  test('a title above the names, and a text among numbers, are told below the refusal', async () => {
    const { page } = await served.visit('/', { locale: 'zh-CN' });
    const rows = Array.from({ length: 30 }, (_, i) => `${i === 7 ? '约 3' : i * i},${i % 2 ? 'u' : 'v'}`);
    await dropFile(page, 'titled.csv', `二月\n面积,y\n${rows.join('\n')}\n`);
    await page.getByText('ragged_row').waitFor();
    const refused = page.locator('[data-refused="titled.csv"]');
    expect(await refused.getByLabel('面积 的类型').count()).toBe(0);
    await refused.locator('summary').click();
    await refused.getByLabel('其上跳过的行数').selectOption('1');
    await page.getByText('cell_not_numeric').waitFor();
    await refused.getByLabel('面积 的类型').selectOption('number');
    await page.locator('.found[data-target=y]').waitFor();
    await page.getByText('面积：1 格不是这种值，按缺失处理，例如 "约 3"').waitFor();
    expect(await refused.count()).toBe(0);
  });

  test('a model of pictures answers for one of the table, and for one that is dropped', async () => {
    const at = await served.visit('/');
    const { page } = at;
    await dropFile(page, 'pictures.zip', PICTURES);
    await page.locator('.found[data-target=class][data-task=classes]').waitFor();
    await orderSmall(at);
    const picture = page.locator('canvas.picture');
    expect([await picture.getAttribute('height'), await picture.getAttribute('width')]).toEqual(['4', '5']);
    await page.getByText('In your table it is cat').waitFor();
    await page.getByRole('button', { name: 'Predict here' }).click();
    await page.locator('[data-answer=cat]').waitFor();
    const [name, bytes] = Object.entries(unzipSync(PICTURES)).find(([path]) => /^set.dog.*png$/.test(path)) ?? [];
    await dropFile(page, 'notes.png', 'no picture', '.picture-form .drop');
    await page.getByText('This picture can’t be used').waitFor();
    expect(await picture.count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Predict here' }).isDisabled()).toBe(true);
    await dropFile(page, name ?? '', bytes ?? '', '.picture-form .drop');
    await page.getByText('as 4 × 5 pixels').waitFor();
    expect(await page.locator('[data-answer]').count()).toBe(0);
    await page.getByRole('button', { name: 'Order it from the network' }).click();
    await page.locator('[data-same=true]').waitFor({ timeout: ORDER_MS });
    expect(await page.locator('[data-answer]').getAttribute('data-answer')).toBe('dog');
    expect(await page.locator('.answer small').textContent()).toContain('HPU cycles');
    await reads(at);
    await at.screenshot('search-pictures');
  });
});
