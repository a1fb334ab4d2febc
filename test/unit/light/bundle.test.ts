/** The light client as it is shipped: small, and at home where there is nothing but ECMAScript. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildLight, bundleLight } from '../../../clients/light/build.ts';
import { receiptFile } from '../../../protocol/proof/receipt-file.ts';
import { lightChain } from '../../support/light-chain.ts';
import { testNetwork } from '../../support/network.ts';
import { receiptOfLife } from '../../support/receipts.ts';

/** 40 KB, as the project promises. */
const FIRST_BYTES_MAX = 40_000;
const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const RUNNER = fileURLToPath(new URL('./in-bare-realm.mjs', import.meta.url));

let files: ReadonlyMap<string, Uint8Array>;
beforeAll(async () => {
  files = await bundleLight();
});

const network = testNetwork();

describe('hai-chain/light', () => {
  test('is below 40 KB gzipped, without the chunks that it loads later', () => {
    const sizes = [...files].map(([name, bytes]) => [name, gzipSync(bytes, { level: 9 }).length] as const);
    const first = sizes.find(([name]) => name === 'light.js')?.[1] as number;
    const later = sizes.filter(([name]) => name !== 'light.js').map(([name, size]) => `${name} ${size}`);
    console.log(`light.js: ${first} bytes gzipped; later: ${later.join(', ')}`);
    expect(first).toBeLessThan(FIRST_BYTES_MAX);
    expect(later.length).toBeGreaterThanOrEqual(4);
  });

  test('has no import but those of its chunks, and names no address', () => {
    const text = (name: string) => new TextDecoder().decode(files.get(name));
    const imports = [...text('light.js').matchAll(/\bimport\(\s*["']([^"']+)["']/g)].map(([, from]) => from as string);
    expect([...new Set(imports)].sort()).toEqual(['./execute.js', './swap-claim.js', './zk-proof.js']);
    expect(text('light.js').match(/\b(?:from|import)\s*["']/g)).toBeNull();
    const host = /https?:\/\/|node:|\bfetch\(|\b(?:document|window|navigator|process|Deno|Bun)\./g;
    for (const name of files.keys()) expect([name, text(name).match(host)]).toEqual([name, null]);
  });

  test('verifies where there are no globals but those of ECMAScript, and TextEncoder', {
    timeout: 60_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hai-light-'));
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    const chain = await lightChain(network);
    const receipt = receiptFile(await receiptOfLife(network, 'train'));
    const blocks = chain.blocks.map(({ header, certificate, body, witness }) =>
      [header, certificate, body, witness].map(base64.encode),
    );
    const input = { genesis: base64.encode(network.bytes), pin: bytesToHex(network.hash), blocks, receipt };
    writeFileSync(join(folder, 'input.json'), JSON.stringify(input));
    const args = ['--experimental-vm-modules', '--no-warnings', RUNNER, folder];
    const told = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
    expect(told).toEqual({
      blocks: blocks.map((_, i) => `${i + 1} final`),
      falseBlock: 'witness_invalid',
      receipt: 'hai-test',
    });
  });

  test('is what the package exports', async () => {
    await buildLight();
    const script =
      "import('hai-chain/light').then(({ openLight }) => console.log(openLight({ genesis: new Uint8Array(), pin: 'x' }).code))";
    const out = execFileSync(process.execPath, ['-e', script], { cwd: REPOSITORY, encoding: 'utf8' });
    expect(out.trim()).toBe('invalid_field');
    // A key of no point: refused by the rule before the host is asked.
    const fast =
      "import('hai-chain/light/verify-fast').then(({ verifyFast }) => verifyFast(new Uint8Array(32), new Uint8Array(), new Uint8Array(64))).then(console.log)";
    expect(execFileSync(process.execPath, ['-e', fast], { cwd: REPOSITORY, encoding: 'utf8' }).trim()).toBe('false');
  });
});
