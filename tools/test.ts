/**
 * `npm test [-- STAGE...] [--verbose]`: runs the stages of stages.ts one after another, or beside each other where they say so, prints
 * each with its time, and stops at the first that fails, with that stage's output.
 */
import { spawn } from 'node:child_process';
import { delimiter, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { besideEachOther, type Stage, stagesNamed } from './stages.ts';

/** The longest stage takes minutes; a hang must not hold a build machine for hours. */
const COMMAND_MS_MAX = 30 * 60_000;

const root = resolve(import.meta.dirname, '..');

const environment = {
  ...process.env,
  // Node 24 of the optional dependency before the host's, for programs that start `node` themselves.
  PATH: `${resolve(root, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`,
  CI: '1',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_WRITE_LOGS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
};

type Ending = { readonly code: number; readonly output: string };

function runCommand(command: readonly string[], verbose: boolean): Promise<Ending> {
  return new Promise((settle, fail) => {
    const child = spawn(process.execPath, [...command], {
      cwd: root,
      env: environment,
      stdio: verbose ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_MS_MAX,
      killSignal: 'SIGKILL',
    });
    const output: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('error', fail);
    child.on('close', (code, signal) => {
      const ended = signal === null ? '' : `\nended by ${signal} (limit: ${COMMAND_MS_MAX / 60_000} minutes)\n`;
      settle({ code: code ?? 1, output: Buffer.concat(output).toString() + ended });
    });
  });
}

/** The first command that failed, or an ending without output. No other of the stage is begun after a failure. */
async function runCommands(stage: Stage, atOnce: 1 | 2, verbose: boolean): Promise<Ending> {
  const left = [...stage.commands];
  let failed: Ending | undefined;
  const runner = async (): Promise<void> => {
    for (let command = left.shift(); command && !failed; command = left.shift()) {
      const ending = await runCommand(command, verbose);
      if (ending.code !== 0) failed ??= { ...ending, output: `$ node ${command.join(' ')}\n${ending.output}` };
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runner));
  return failed ?? { code: 0, output: '' };
}

const seconds = (sinceMs: number) => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

/** Prints the stage's line. */
async function runStage(stage: Stage, isAlone: boolean, verbose: boolean): Promise<Ending> {
  const startMs = performance.now();
  const ending = await runCommands(stage, stage.paired && isAlone ? 2 : 1, verbose);
  const verdict = ending.code === 0 ? 'passed' : 'FAILED';
  console.log(`${verdict} ${stage.name.padEnd(8)} ${seconds(startMs).padStart(8)}  ${stage.what}`);
  return ending;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { verbose: { type: 'boolean' } } });
  const stages = stagesNamed(positionals);
  if (typeof stages === 'string') {
    console.error(stages);
    return 2;
  }
  const startMs = performance.now();
  const verbose = values.verbose ?? false;
  for (const group of besideEachOther(stages)) {
    const endings = await Promise.all(group.map((stage) => runStage(stage, group.length === 1, verbose)));
    const failed = endings.flatMap(({ code, output }, i) => (code === 0 ? [] : [{ name: group[i]?.name, output }]));
    if (failed.length > 0) {
      for (const { output } of failed) console.error(output);
      console.log(`failed in ${failed.map(({ name }) => name).join(' and ')}, total ${seconds(startMs)}`);
      return 1;
    }
  }
  console.log(`all ${stages.length} stages passed, total ${seconds(startMs)}`);
  return 0;
}

process.exitCode = await main();
