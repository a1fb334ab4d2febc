import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildExplorer, firstLoadFiles } from '../../../clients/explorer/build.ts';
import { buildKernels } from '../../../hpu/build.ts';

const DIST = new URL('../../../clients/explorer/dist/', import.meta.url).pathname;
const FIRST_LOAD_BYTES_MAX = 60_000;
/** Of a cold build on a busy machine. */
const BUILD_MS_MAX = 60_000;

const gzipped = async (path: string): Promise<number> => gzipSync(await readFile(path), { level: 9 }).length;

beforeAll(async () => {
  await buildKernels();
  await buildExplorer();
}, BUILD_MS_MAX);

describe('the built page', () => {
  test('loads less than 60 KB gzipped at first, with the larger of the two languages', async () => {
    const sizes = await Promise.all((await firstLoadFiles()).map(gzipped));
    const assets = join(DIST, 'assets');
    const languages = (await readdir(assets)).filter((name) => /^(en|zh)-[A-Z0-9]+\.js$/.test(name));
    expect(languages).toHaveLength(2);
    const language = Math.max(...(await Promise.all(languages.map((name) => gzipped(join(assets, name))))));
    const total = sizes.reduce((sum, size) => sum + size, language);
    console.log(`first load: ${total} bytes gzipped in ${sizes.length + 1} files`);
    expect(sizes.length).toBeGreaterThan(2);
    expect(total).toBeLessThan(FIRST_LOAD_BYTES_MAX);
  });

  test('names nobody else: every URL in what it loads is its own, an XML name space or an identifier', async () => {
    const assets = await readdir(join(DIST, 'assets'));
    const names = ['index.html', ...assets.filter((name) => /\.(js|css)$/.test(name)).map((name) => `assets/${name}`)];
    const found: string[] = [];
    for (const name of names) {
      const text = await readFile(join(DIST, name), 'utf8');
      found.push(...(text.match(/(?:https?:)?\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)+/gi) ?? []));
    }
    expect(found.filter((url) => url !== 'http://www.w3.org')).toEqual([]);
  });

  test('forbids itself every other origin', async () => {
    const html = await readFile(join(DIST, 'index.html'), 'utf8');
    expect(html).toContain("default-src 'none'");
    expect(html).toContain("connect-src 'self'");
    expect(html).not.toContain('unsafe-inline');
    expect(html).not.toMatch(/<script(?![^>]*src=)/);
  });

  test('is left alone while none of its sources changed', async () => {
    const page = join(DIST, 'index.html');
    const before = (await stat(page)).mtimeMs;
    await buildExplorer();
    expect((await stat(page)).mtimeMs).toBe(before);
    const stamp: { sources: Record<string, string> } = JSON.parse(await readFile(join(DIST, '.stamp.json'), 'utf8'));
    const sources = Object.keys(stamp.sources);
    expect(sources).toContain('clients/explorer/parts/order-live.tsx');
    expect(sources).toContain('protocol/proof/verify-receipt.ts');
    expect(sources).toContain('hpu/dist/gemm.wasm');
    expect(sources.filter((path) => stamp.sources[path] === 'missing')).toEqual([]);
  });
});
