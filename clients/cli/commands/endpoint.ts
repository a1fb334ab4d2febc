/** hai endpoint: names for this account's models, with their versions. `hai predict @NAME` asks the one that answers. */
import type { Command } from 'commander';
import type { WireEndpoint } from '../../../protocol/wire.ts';
import { address, endpointName, integerIn, orderId } from '../arguments.ts';
import { Refusal } from '../exit-codes.ts';
import type { Io } from '../output.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';

const VERSION_MAX = 0xffff_ffff;

export function addEndpoint(program: Command, io: Io): void {
  const endpoint = program.command('endpoint').description('names for models, with versions and rollback');
  const add = (name: string, description: string) =>
    withCommonOptions(endpoint.command(name).description(description)).argument('<name>', 'a-z, 0-9, -', endpointName);
  add('set', 'deploy the model of an order of this account as the newest version, which answers at once')
    .argument('<order>', 'of the training or search that made it', orderId)
    .action((name: string, order: string, options: CommonOptions) => set(new Session(io, options), name, order));
  withCommonOptions(endpoint.command('list').description('all names of an account, with their versions'))
    .option('--owner <address>', 'of this account', address)
    .action((options: CommonOptions & { owner?: string }) => list(new Session(io, options), options.owner));
  add('show', 'its versions, and which one answers')
    .option('--owner <address>', 'of this account', address)
    .action((name: string, options: CommonOptions & { owner?: string }) =>
      show(new Session(io, options), name, options.owner),
    );
  add('rollback', 'the version before answers again, or the one that is named')
    .option('--to <version>', 'this one, earlier or later', integerIn(1, VERSION_MAX))
    .action((name: string, options: CommonOptions & { to?: number }) =>
      rollback(new Session(io, options), name, options.to),
    );
}

const endpointText = ({ name, active, versions }: WireEndpoint): string =>
  versions
    .map(({ version, order }) => `${name} ${version}  ${order}${version === active ? '  answers' : ''}`)
    .join('\n');

async function list(session: Session, owner = session.address()): Promise<void> {
  const endpoints = await session.client().endpoints(owner);
  session.out.result({ owner, endpoints }, endpoints.map(endpointText).join('\n') || 'no endpoints');
}

async function show(session: Session, name: string, owner = session.address()): Promise<void> {
  const found = await session.client().endpoint(name, owner);
  session.out.result(found, endpointText(found));
}

async function set(session: Session, name: string, order: string): Promise<void> {
  const client = session.client({ account: await session.account() });
  await client.deployEndpoint(name, order);
  const found = await client.endpoint(name);
  session.out.result(found, endpointText(found));
}

async function rollback(session: Session, name: string, to: number | undefined): Promise<void> {
  const client = session.client({ account: await session.account() });
  const { active, versions } = await client.endpoint(name);
  const before = versions.findLast(({ version }) => version < active)?.version;
  const version = to ?? before;
  if (version === undefined) throw new Refusal(`${name} has no version before ${active}`, 'unknown_endpoint');
  await client.activateEndpoint(name, version);
  const found = await client.endpoint(name);
  session.out.result(found, endpointText(found));
}
