/** Where the demo's network keeps its data while it runs: a folder of its own, so that everything written can be searched. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Removed when the process ends, also when a signal ends it. */
export function passingStorage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hai-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
