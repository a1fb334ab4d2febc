/** A process for the command line in tests: what it wrote, and whether it sits at a terminal. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../clients/cli/main.ts';
import type { Io } from '../../../clients/cli/output.ts';

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly isTerminal?: boolean;
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'hai-test-'));

/** A network would be an accident: unit tests give none. */
const noNetwork: typeof fetch = () => Promise.reject(new TypeError('no network in this test'));

export async function runHai(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const isTerminal = options.isTerminal ?? false;
  const io: Io = {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    env: options.env ?? {},
    // Never stdin: a test that asks would wait for ever.
    terminal: { stdout: isTerminal, stderr: isTerminal, stdin: false },
    fetch: options.fetch ?? noNetwork,
    signal: options.signal ?? new AbortController().signal,
  };
  const exit = await run(args, io);
  return { exit, stdout, stderr };
}

/** The one JSON line of a `--json` run. */
export function jsonOf({ stdout }: Ran): Record<string, unknown> {
  const lines = stdout.split('\n');
  if (lines.length !== 2 || lines[1] !== '') throw new Error(`not one line: ${JSON.stringify(stdout)}`);
  return JSON.parse(lines[0] as string) as Record<string, unknown>;
}
