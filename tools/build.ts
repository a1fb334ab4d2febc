/**
 * `npm run build`: everything that is generated and not committed. Each builder keeps a stamp of its sources and returns at
 * once when nothing has changed, so this runs before every start, test and deploy.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BUILDERS } from './builders.ts';

const root = resolve(import.meta.dirname, '..');

for (const { file, call } of BUILDERS) {
  const path = resolve(root, file);
  // A part of the tree can be built without the others; test/unit/tooling/stages.test.ts holds the whole to all of them.
  if (!existsSync(path)) {
    console.log(`${call}: no ${file} here`);
    continue;
  }
  const startMs = performance.now();
  const builder: Record<string, unknown> = await import(pathToFileURL(path).href);
  const build = builder[call];
  if (typeof build !== 'function') throw new Error(`${file} exports no ${call}()`);
  await build();
  console.log(`${call}: ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}
