/** hai data inspect: what a file would be taken for, before anything is ordered or leaves this machine. */
import type { Command } from 'commander';
import { type Io, Output } from '../output.ts';
import { type ReadFileOptions, withReadOptions, withTargetOptions } from '../read-options.ts';

interface InspectOptions extends ReadFileOptions {
  readonly json?: true;
}

export function addData(program: Command, io: Io): void {
  const data = program.command('data').description('data files');
  const inspect = data
    .command('inspect')
    .description("what a file's columns, target and task are taken for; nothing leaves this machine")
    .argument('<file>', 'CSV, JSON lines, npz, or a zip of labelled images; also gzipped')
    .option('--json', 'one JSON line on stdout');
  withReadOptions(withTargetOptions(inspect)).action(async (path: string, options: InspectOptions) => {
    const { inspectFile } = await import('./data-inspect.ts');
    await inspectFile(new Output(io, options.json === true), path, options);
  });
}
