/** hai bond: money that is locked to vote with. */
import type { Command } from 'commander';
import { formatHai, type Zhi } from '../../../protocol/units.ts';
import type { WireBond, WireTransaction } from '../../../protocol/wire.ts';
import { bondCalls } from '../../sdk/bonds.ts';
import { address, haiAmount } from '../arguments.ts';
import { type Io, table } from '../output.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';

type Calls = ReturnType<typeof bondCalls>;

export function addBond(program: Command, io: Io): void {
  const bond = program.command('bond').description('money that is locked to vote with');
  const addOf = (name: string, description: string) => withCommonOptions(bond.command(name).description(description));
  addOf('show', 'what is bonded, and what is on its way back')
    .argument('[address]', 'of this account', address)
    .action((of: string | undefined, options: CommonOptions) => show(new Session(io, options), of));
  addOf('add', 'lock money')
    .argument('<hai>', 'how much', haiAmount)
    .action((amount: Zhi, options: CommonOptions) => send(new Session(io, options), (calls) => calls.addBond(amount)));
  addOf('release', 'take money out of the bond; 21 days later it can be withdrawn')
    .argument('<hai>', 'how much', haiAmount)
    .action((amount: Zhi, options: CommonOptions) => send(new Session(io, options), (calls) => calls.unbond(amount)));
  addOf('withdraw', 'everything whose 21 days are over').action((options: CommonOptions) =>
    send(new Session(io, options), (calls) => calls.withdraw()),
  );
}

const bondText = ({ address: of, bondedZhi, unbonding }: WireBond): string =>
  table([
    ['account', of],
    ['bonded', formatHai(BigInt(bondedZhi))],
    ...unbonding.map(
      ({ amountZhi, releaseMs }) =>
        [`free from ${new Date(Number(releaseMs)).toISOString()}`, formatHai(BigInt(amountZhi))] as const,
    ),
  ]);

async function show(session: Session, of = session.address()): Promise<void> {
  const found = await session.client().with(bondCalls).bond(of);
  session.out.result(found, bondText(found));
}

async function send(session: Session, step: (calls: Calls) => Promise<WireTransaction>): Promise<void> {
  const calls = session.client({ account: await session.account() }).with(bondCalls);
  const { hash, height } = await step(calls);
  const bond = await calls.bond().catch(() => undefined);
  session.out.result(
    { transaction: hash, height, ...(bond ? { bond } : {}) },
    `in block ${height}${bond ? `\n${bondText(bond)}` : ''}`,
  );
}
