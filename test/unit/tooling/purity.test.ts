import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { purityFaults, purityFaultsIn } from '../../../tools/check-purity.ts';
import { plantTree } from './plant.ts';

const repository = join(import.meta.dirname, '../../..');

describe('the purity check of protocol/', () => {
  const refused: readonly (readonly [text: string, reason: string])[] = [
    ['export const now = () => Date.now();', 'Date'],
    ['export const now = () => new Date();', 'Date'],
    ["export const now = () => Date['now']();", 'Date'],
    ['const clock = Date;\nexport const now = clock;', 'Date'],
    ['export const draw = () => Math.random();', 'Math.random'],
    ["export const draw = () => Math['random']();", 'Math'],
    ['const { random } = Math;\nexport const draw = random;', 'Math'],
    ['export const y = (x: number) => Math.exp(x);', 'Math.exp'],
    ['export const y = (x: number) => Math.log2(x) + Math.pow(x, 2);', 'Math.pow'],
    ['export const t = () => performance.now();', 'performance'],
    ['export const id = () => crypto.randomUUID();', 'crypto'],
    ['export const id = () => globalThis.crypto;', 'globalThis'],
    ["export const page = () => fetch('https://example.org');", 'fetch'],
    ['export const later = (f: () => void) => setTimeout(f, 1);', 'setTimeout'],
    ["export const bytes = new TextEncoder().encode('x');", 'TextEncoder'],
    ["export const bytes = Buffer.from('x');", 'Buffer'],
    ['export const home = process.env;', 'process'],
    ['export const pass = { process };', 'process'],
    ["export const tx = () => import('./tx.ts');", 'dynamic import'],
    ["export type Tx = import('./tx.ts').Tx;", 'import() as a type'],
    ['export const here = import.meta.url;', 'import.meta'],
    ["import { readFileSync } from 'node:fs';", 'import of node:fs'],
    ["import { z } from 'zod';", 'import of zod'],
    ["import { ledger } from '../ledger/schema.ts';", 'outside protocol/'],
    ["export { ledger } from '../ledger/schema.ts';", 'outside protocol/'],
    ["import { hash } from '@noble/hashesque';\nimport { evil } from '@nobler/hashes';", 'import of @nobler/hashes'],
    ["import { randomBytes } from '@noble/hashes/utils.js';", 'member randomBytes'],
    ["import { randomBytes as bytes } from '@noble/hashes/utils.js';", 'member randomBytes'],
    ["import { ed25519 } from '@noble/curves/ed25519.js';\ned25519.utils.randomSecretKey();", 'randomSecretKey'],
    ['declare const ed: { keygen(): void };\nexport const key = ed.keygen();', 'member keygen'],
    ['export const order = (a: string, b: string) => a.localeCompare(b);', 'member localeCompare'],
    ['export const text = (n: bigint) => n.toLocaleString();', 'member toLocaleString'],
    ['declare const window: { stop(): void };', 'declare'],
    ['/// <reference lib="dom" />', 'reference to dom'],
    ['// @ts-expect-error: not in ES2024\nexport const n = 1;', '@ts-expect-error'],
  ];

  it.each(refused)('refuses %s', (text, reason) => {
    expect(purityFaultsIn('protocol/bad.ts', text).join('\n')).toContain(reason);
  });

  const accepted: readonly string[] = [
    "import { sha256 } from '@noble/hashes/sha2.js';\nimport type { Tx } from './tx/transfer.ts';",
    "import { bech32m } from '@scure/base';",
    "export { zhi } from '../protocol/units.ts';",
    'export const q = (x: number) => Math.imul(x, Math.trunc(x)) + Math.max(0, Math.min(x, 1));',
    'declare const unit: unique symbol;\nexport type Zhi = bigint & { readonly [unit]: 1 };',
    'export type Block = { process: bigint; fetch?: string };\nexport const p = (b: Block) => b.process;',
    'export const table = { crypto: 1, Date: 2 };',
    'export const cost = { randomWord: 4n };\nexport const word = cost.randomWord;',
    'export const window = 64;\nexport const miningWindow = window;',
    "// Date.now() is the caller's business.\nexport const clock = 'Date.now()';",
  ];

  it.each(accepted)('accepts %s', (text) => {
    expect(purityFaultsIn('protocol/good.ts', text)).toEqual([]);
  });

  it('names the file and the line', () => {
    const [fault] = purityFaultsIn('protocol/tx/bad.ts', '\n\nexport const now = () => Date.now();\n');
    expect(fault).toMatch(/^protocol\/tx\/bad\.ts:3: Date /);
  });

  it('reads every file below protocol/ and refuses a tree in which there is none', () => {
    const planted = { 'protocol/a.ts': 'export const a = 1;', 'protocol/tx/deep/b.ts': 'export const b = Date.now();' };
    expect(purityFaults(plantTree(planted))).toEqual([expect.stringContaining('protocol/tx/deep/b.ts:1: Date')]);
    expect(purityFaults(plantTree({ 'ledger/a.ts': '' }))).toEqual([expect.stringContaining('no source file')]);
  });

  it('ends with code 1 on a planted Date.now() and with 0 without it', () => {
    const run = (root: string) => spawnSync(process.execPath, [join(repository, 'tools/check-purity.ts'), root]);
    expect(run(plantTree({ 'protocol/a.ts': 'export const a = 1;' })).status).toBe(0);
    const bad = run(plantTree({ 'protocol/a.ts': 'export const a = Date.now();' }));
    expect(bad.status).toBe(1);
    expect(bad.stderr.toString()).toContain('protocol/a.ts:1: Date');
  });
});
