/** hai up: the whole network on this machine, until it is stopped. */
import type { Command } from 'commander';
import { integerIn, processKeys } from '../arguments.ts';
import type { Io } from '../output.ts';
import { type CommonOptions, LOCAL_PORT, Session, withCommonOptions } from '../session.ts';
import { workerLines } from '../worker-lines.ts';

interface UpOptions extends CommonOptions {
  readonly port: number;
  readonly storage?: string;
  readonly approve?: string;
  readonly witnesses?: string;
  readonly processes?: string;
}

export function addUp(program: Command, io: Io): void {
  const command = program
    .command('up')
    .description('run a whole development network here')
    .option('--port <n>', 'TCP port; 0 takes a free one', integerIn(0, 65_535), LOCAL_PORT)
    .option('--approve <ids>', 'proposals that the seats approve, with commas between, or all')
    .option('--witnesses <keys>', "keys of the log's witnesses, with spaces between")
    .option('--processes <keys>', 'keys of processes that may compute jobs, with spaces between', processKeys)
    .option('--storage <folder>', 'keep the network there; without it everything is forgotten at the end');
  withCommonOptions(command).action((options: UpOptions) => up(new Session(io, options), options));
}

async function up(session: Session, { port, storage, approve, witnesses, processes }: UpOptions): Promise<void> {
  // miniflare and workerd are loaded by this command alone.
  const { startNetwork } = await import('../../../local/network.ts');
  const keepHandlers = signalHandlersKeeper();
  const network = await startNetwork({
    port,
    verifier: true,
    ...(storage === undefined ? {} : { persist: storage }),
    ...(approve === undefined ? {} : { approveParams: approve }),
    ...(witnesses === undefined ? {} : { witnesses }),
    ...(processes === undefined ? {} : { providerProcesses: processes }),
    onLog: workerLines((line) => session.io.stderr(line)),
  });
  keepHandlers();
  try {
    const { url, genesis } = network;
    session.out.result(
      { url, genesis },
      `Page      ${url}/#genesis=${genesis}\nAPI       ${url}/docs\nGenesis   ${genesis}\nCtrl+C stops it.`,
    );
    await stopped(session.io.signal);
  } finally {
    await network.close();
  }
}

/**
 * miniflare's own handlers end the process at once; without them a stop closes the network in order. Returns what takes away
 * the handlers that were added since.
 */
function signalHandlersKeeper(): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const before = signals.map((name) => process.listeners(name));
  return () => {
    signals.forEach((name, i) => {
      for (const handler of process.listeners(name)) if (!before[i]?.includes(handler)) process.off(name, handler);
    });
  };
}

/** Ends at the first SIGINT or SIGTERM; that is how `up` is meant to end. */
function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
