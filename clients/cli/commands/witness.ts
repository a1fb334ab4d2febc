/** hai witness: checks that the log of headers only ever grows, and co-signs its checkpoints. */
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import { HaiError, UnreachableError, UntrustedError } from '../../sdk/errors.ts';
import { integerIn } from '../arguments.ts';
import { UsageError } from '../exit-codes.ts';
import { type Io, table } from '../output.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';
import { witnessSigner } from '../witness-key.ts';
import { type RoundOutcome, type WitnessRun, witnessRound } from '../witness-round.ts';
import { WitnessStore } from '../witness-store.ts';

const EVERY_SECONDS = 5;
const EVERY_SECONDS_MAX = 3600;

interface WitnessOptions extends CommonOptions {
  readonly store: string;
  readonly name?: string;
  readonly once?: true;
  readonly printKey?: true;
  readonly every: number;
}

export function addWitness(program: Command, io: Io): void {
  const command = program
    .command('witness')
    .description('check the log of headers and co-sign its checkpoints, until stopped')
    .requiredOption('--store <folder>', "the witness' key and memory; two witnesses never share one")
    .option('--name <name>', 'what the witness is called, for ever; an address of yours is best')
    .option('--once', 'one checkpoint, then end')
    .option('--every <seconds>', 'from one look to the next', integerIn(1, EVERY_SECONDS_MAX), EVERY_SECONDS)
    .option('--print-key', "print the witness' key, for those who are to trust it, and end");
  withCommonOptions(command).action((options: WitnessOptions) => witness(new Session(io, options), options));
}

async function witness(session: Session, options: WitnessOptions): Promise<void> {
  const store = new WitnessStore(options.store);
  const signer = witnessSigner(options.store, options.name);
  if (signer.isOpen) session.out.warn(`the key in ${options.store} can be read by others; chmod 600 it`);
  if (options.printKey) return session.out.result({ key: signer.text }, signer.text);
  // Whoever trusts a witness trusts it to know which log it watches.
  if (session.genesis === undefined) throw new UsageError('--genesis HASH (or HAI_GENESIS) pins the network');
  const run: WitnessRun = {
    client: session.client(),
    store,
    signer,
    nowS: () => BigInt(Math.floor(Date.now() / 1000)),
  };
  if (!options.once) return watch(session, run, options.every * 1000);
  const outcome = await witnessRound(run);
  session.out.result({ ...outcome, key: signer.text }, outcomeText(outcome, signer.text));
}

const outcomeText = ({ action, size, root }: RoundOutcome, key: string): string =>
  table([
    [action, `${size} leaves`],
    ['root', root],
    ['key', key],
  ]);

/** A log that is away, or behind, may come back; one that forked or is no chain is never co-signed again. */
const mayPass = (error: unknown): error is Error =>
  error instanceof UnreachableError ||
  error instanceof HaiError ||
  (error instanceof UntrustedError && error.code === 'log_rolled_back');

async function watch({ io, out }: Session, run: WitnessRun, everyMs: number): Promise<void> {
  let warned = '';
  while (!io.signal.aborted) {
    try {
      const { action, size } = await witnessRound(run);
      warned = '';
      if (action === 'cosigned') out.note(`co-signed ${size} leaves`);
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (error.message !== warned) out.warn(error.message);
      warned = error.message;
    }
    await pauseOrStop(everyMs, io.signal);
  }
  io.signal.throwIfAborted();
}

/** Ends early at the signal, and leaves nothing on it. */
async function pauseOrStop(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
