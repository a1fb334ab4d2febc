/** `hai` as a process: standard streams, signals, exit code. */
import { Interrupted } from './exit-codes.ts';
import { run } from './main.ts';

export async function runProcess(): Promise<void> {
  const interruption = new AbortController();
  let isSecond = false;
  const stop = (): void => {
    // The second time is meant: whatever does not end by itself is left behind.
    if (isSecond) process.exit(130);
    isSecond = true;
    interruption.abort(new Interrupted('stopped'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // `hai block list | head` closes our stdout early: no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 70));
  process.exitCode = await run(process.argv.slice(2), {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    env: process.env,
    terminal: {
      stdout: process.stdout.isTTY === true,
      stderr: process.stderr.isTTY === true,
      stdin: process.stdin.isTTY === true,
    },
    signal: interruption.signal,
  });
  process.off('SIGINT', stop);
  process.off('SIGTERM', stop);
}
