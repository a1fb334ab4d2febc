/** hai provider: a process beside a hosted provider, which computes jobs of its searches. */
import type { Command } from 'commander';
import { nodeKernels } from '../../../ml/trainers/node.ts';
import { REGIONS, type Region } from '../../../protocol/regions.ts';
import { newSealKeyPair } from '../../../sealing/envelope.ts';
import { providerJobCalls } from '../../sdk/provider-jobs.ts';
import { namesOf } from '../arguments.ts';
import { UsageError } from '../exit-codes.ts';
import type { Io } from '../output.ts';
import { makeProcessKey, readProcessKey } from '../provider-key.ts';
import { workUntilStopped } from '../provider-loop.ts';
import { newTables } from '../provider-work.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';

interface RunOptions extends CommonOptions {
  readonly key?: string;
  readonly regions: Region[];
}

export function addProvider(program: Command, io: Io): void {
  const provider = program
    .command('provider')
    .description('compute jobs of searches for a hosted provider that lists this key, until stopped')
    .option('--key <file>', "the process' own key; hai provider key makes one")
    .option('--regions <names>', 'of orders, with commas between', namesOf(REGIONS), [...REGIONS]);
  withCommonOptions(provider).action((options: RunOptions) => work(new Session(io, options), options));
  const key = provider
    .command('key')
    .description("make the key of a process, or print one's public key")
    .argument('<file>', 'where the secret is kept')
    .option('--show', 'print the public key of a file that is there');
  withCommonOptions(key).action((path: string, options: CommonOptions & { readonly show?: true }) => {
    const { address } = options.show ? readProcessKey(path).account : makeProcessKey(path);
    new Session(io, options).out.result({ key: address }, address);
  });
}

async function work(session: Session, { key, regions }: RunOptions): Promise<void> {
  if (key === undefined) throw new UsageError('--key FILE: the key of this process (hai provider key FILE)');
  // Results are handed to whoever answers under this hash.
  if (session.genesis === undefined) throw new UsageError('--genesis HASH (or HAI_GENESIS) pins the network');
  const { account, isOpen } = readProcessKey(key);
  if (isOpen) session.out.warn(`${key} can be read by others; chmod 600 it`);
  const client = session.client({ account });
  const { hash } = await client.network();
  const run = {
    jobs: client.with(providerJobCalls),
    download: (id: string) => client.datasets.download(id),
    genesisHash: hash,
    pair: newSealKeyPair(),
    kernels: nodeKernels(),
    tables: newTables(),
    signal: session.io.signal,
    clock: () => performance.now(),
  };
  session.out.note(`process ${account.address}`);
  const counts = { done: 0, late: 0, returned: 0 };
  await workUntilStopped(run, regions, {
    took({ order, index }, outcome) {
      counts[outcome] += 1;
      session.out.note(`order ${order.slice(0, 16)} job ${index}: ${outcome}`);
    },
    fault: (message) => session.out.warn(message),
  });
  // A stop is how it is meant to end.
  session.out.result({ key: account.address, jobs: counts }, `${counts.done} jobs done, ${counts.returned} given back`);
}
