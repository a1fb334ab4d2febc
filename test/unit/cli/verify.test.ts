import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytesToHex } from '@noble/hashes/utils.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyReceiptText } from '../../../clients/sdk/light.ts';
import { ledgerOver } from '../../../ledger/ledger.ts';
import { receiptOf } from '../../../ledger/receipt.ts';
import type { Receipt } from '../../../protocol/proof/receipt.ts';
import { receiptFile } from '../../../protocol/proof/receipt-file.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { runOrder, SMALL_TRAIN } from '../../support/order-life.ts';
import { migratedDatabase, sqliteStore } from '../../support/sqlite-store.ts';
import { jsonOf, runHai, temporaryFolder } from './captured-io.ts';

const ENTRY = fileURLToPath(new URL('../../../clients/cli/hai.mjs', import.meta.url));
const folder = temporaryFolder();
const path = join(folder, 'receipt.json');
const network = testNetwork();
const genesis = bytesToHex(network.hash);
let text: string;

async function settledReceipt(): Promise<Receipt> {
  const chain = new TestChain(network);
  const demander = network.key('demander');
  await chain.seal([chain.fund(demander, 9_000_000n)]);
  const order = await runOrder(chain, demander, SMALL_TRAIN);
  const ledger = ledgerOver(sqliteStore(migratedDatabase()));
  await ledger.start(network.bytes, initialState(network.genesis).accounts());
  for (const { certified, built } of chain.blocks) await ledger.commit(certified, built);
  return (await receiptOf(ledger, order)) as Receipt;
}

beforeAll(async () => {
  text = receiptFile(await settledReceipt());
  writeFileSync(path, text);
});

const written = (content: string): string => {
  const other = join(folder, 'other.json');
  writeFileSync(other, content);
  return other;
};

describe('hai verify', () => {
  it('accepts a receipt of the pinned network', async () => {
    const ran = await runHai(['verify', path, '--genesis', genesis, '--json']);
    expect(ran.exit).toBe(0);
    expect(jsonOf(ran)).toMatchObject({
      valid: true,
      genesis,
      network: 'hai-test',
      mode: 'hosted',
      regime: 'final',
      results: 1,
      work: { kind: 'train', rows: 40, seed: '7' },
      attempts: [{ verdict: 'passed' }],
    });
    const words = await runHai(['verify', path], { env: { HAI_GENESIS: genesis } });
    expect(words.exit).toBe(0);
    expect(words.stdout).toContain('The receipt holds');
  });

  it('refuses it under the pin of another network', async () => {
    const other = bytesToHex(testNetwork('other').hash);
    const ran = await runHai(['verify', path, '--genesis', other, '--json']);
    expect(ran.exit).toBe(1);
    expect(jsonOf(ran)).toMatchObject({ error: { kind: 'refused', code: 'foreign_network', number: 604 } });
  });

  it('refuses every change of a character', async () => {
    for (let at = 0; at < text.length; at += 97) {
      const changed = String.fromCharCode(text.charCodeAt(at) ^ 1);
      const tampered = text.slice(0, at) + changed + text.slice(at + 1);
      const verdict = await verifyReceiptText(tampered, genesis);
      expect(verdict.ok, `character ${at}`).toBe(false);
    }
    const flipped = text.replace(/"receipt": "(.{400})(.)/s, (_, head: string, one: string) => {
      return `"receipt": "${head}${one === 'A' ? 'B' : 'A'}`;
    });
    const ran = await runHai(['verify', written(flipped), '--genesis', genesis, '--json']);
    expect(ran.exit).toBe(1);
  });

  it.each([
    ['empty', ''],
    ['no JSON', 'receipt'],
    ['null', 'null'],
    ['no receipt', '{"receipt":""}'],
    ['a receipt with a trailing space', 'TRAILING'],
    ['too long', ' '.repeat(70_000)],
  ])('refuses a file that is %s', async (_, content) => {
    const file = written(content === 'TRAILING' ? `${text} ` : content);
    const ran = await runHai(['verify', file, '--genesis', genesis, '--json']);
    expect(ran.exit).toBe(1);
    expect(jsonOf(ran)).toMatchObject({ error: { code: 'receipt_invalid' } });
  });

  it('refuses to take the pin from the receipt itself', async () => {
    const ran = await runHai(['verify', path, '--json']);
    expect(ran.exit).toBe(2);
  });

  it('refuses a file that is not there', async () => {
    expect((await runHai(['verify', join(folder, 'none.json'), '--genesis', genesis])).exit).toBe(1);
  });
});

describe('hai as a process', () => {
  it('verifies without a network', () => {
    // A proxy that does not exist, and no home: whatever reached out would fail.
    const env = { PATH: process.env.PATH, HOME: folder, http_proxy: 'http://127.0.0.1:1', NODE_USE_ENV_PROXY: '1' };
    const out = execFileSync(process.execPath, [ENTRY, 'verify', path, '--genesis', genesis, '--json'], {
      env,
      cwd: folder,
      encoding: 'utf8',
    });
    expect(JSON.parse(out)).toMatchObject({ valid: true, genesis });
  });

  it('exits 1 for a refused receipt and 2 for wrong use', () => {
    const exitOf = (...args: string[]) => spawnSync(process.execPath, [ENTRY, ...args], { cwd: folder }).status;
    expect(exitOf('verify', path, '--genesis', 'b'.repeat(64))).toBe(1);
    expect(exitOf('verify', path)).toBe(2);
  });
});
