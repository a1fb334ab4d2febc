#!/usr/bin/env node
// The entry of `hai`. Plain JavaScript, so that an old Node can still read it: Node 22.18 is the first that runs TypeScript
// without a flag, and npm ci brings a newer one along on Linux.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  const { runProcess } = await import('./process.ts');
  await runProcess();
} else {
  const bundled = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
  if (!existsSync(bundled) || process.env.HAI_NODE_STARTED) {
    console.error(`hai needs Node 22.18 or newer; this is ${process.version} (${process.execPath}).`);
    process.exit(70);
  }
  // The variable ends a loop, should the bundled Node turn out to be as old.
  const env = { ...process.env, HAI_NODE_STARTED: '1' };
  const { status, signal } = spawnSync(bundled, process.argv.slice(1), { stdio: 'inherit', env });
  if (signal) process.kill(process.pid, signal);
  process.exit(status ?? 70);
}
