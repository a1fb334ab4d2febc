/** Verifies receipts with the real CLI, in a process of its own that has no server to ask. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../bundle.ts';

/** Exit code 0: the receipt holds; 1: refused. Anything else is a fault of the demo. */
export async function haiVerifies(file: string, genesis: string): Promise<boolean> {
  const code = await new Promise<number>((resolve, reject) => {
    const cli = spawn(
      process.execPath,
      [join(ROOT, 'clients/cli/hai.mjs'), 'verify', file, '--genesis', genesis, '--json'],
      { stdio: 'ignore' },
    );
    cli.on('error', reject);
    cli.on('close', (status) => resolve(status ?? -1));
  });
  if (code !== 0 && code !== 1) throw new Error(`hai verify ended with ${code}`);
  return code === 0;
}

/** The file with one byte in the middle changed to another of its own alphabet. */
export async function writeTampered(text: string, file: string): Promise<void> {
  const bytes = Buffer.from(text);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = bytes[at] === 0x41 ? 0x42 : 0x41;
  await writeFile(file, bytes);
}
