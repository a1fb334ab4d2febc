/** hai allow: spending limits for keys that open orders in this account's name. */
import type { Command } from 'commander';
import { formatHai, type Zhi } from '../../../protocol/units.ts';
import type { WireAllowance, WireTransaction } from '../../../protocol/wire.ts';
import { address, haiAmount, integerIn } from '../arguments.ts';
import { type Io, table } from '../output.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';

/** A day of a network that seals ten blocks a second; a quieter one takes longer for as many. */
const BLOCKS_DEFAULT = 864_000;
/** An order is taken while 200 blocks are left: fewer would let the key order nothing, and the rest is time to send the order. */
const BLOCKS_MIN = 250;
const BLOCKS_MAX = 1_000_000_000_000;

export function addAllow(program: Command, io: Io): void {
  const allow = program.command('allow').description('spending limits: keys that order at the expense of this account');
  const addOf = (name: string, description: string) =>
    withCommonOptions(allow.command(name).description(description)).argument('<key>', "the key's address", address);
  addOf('set', 'let a key spend up to a limit on orders and their fees; replaces its earlier limit')
    .argument('<hai>', 'how much', haiAmount)
    .option('--blocks <n>', 'how long, in blocks from now', integerIn(BLOCKS_MIN, BLOCKS_MAX), BLOCKS_DEFAULT)
    .action((key: string, limit: Zhi, options: CommonOptions & { blocks: number }) =>
      set(new Session(io, options), key, limit, options.blocks),
    );
  addOf('show', 'what is left of the limit of a key')
    .option('--payer <address>', 'of this account', address)
    .action((key: string, options: CommonOptions & { payer?: string }) =>
      show(new Session(io, options), key, options.payer),
    );
  addOf('end', 'let the key spend nothing more; what it has ordered goes on').action(
    (key: string, options: CommonOptions) => end(new Session(io, options), key),
  );
}

const allowanceText = ({ payer, key, leftZhi, expiryHeight }: WireAllowance): string =>
  table([
    ['payer', payer],
    ['key', key],
    ['left', formatHai(BigInt(leftZhi))],
    ['until block', expiryHeight],
  ]);

async function set(session: Session, key: string, limit: Zhi, blocks: number): Promise<void> {
  const account = await session.account();
  const client = session.client({ account });
  const { hash, height, expiryHeight } = await client.allow(key, limit, BigInt(blocks));
  const asSet = { payer: account.address, key, leftZhi: limit.toString(), expiryHeight };
  // It is in its block, whatever becomes of the question what is left of it by now.
  const allowance = await client.allowance(account.address, key).catch(() => asSet);
  session.out.result({ ...allowance, transaction: hash, height }, allowanceText(allowance));
}

async function show(session: Session, key: string, payer = session.address()): Promise<void> {
  const allowance = await session.client().allowance(payer, key);
  session.out.result(allowance, allowanceText(allowance));
}

async function end(session: Session, key: string): Promise<void> {
  const client = session.client({ account: await session.account() });
  const transaction: WireTransaction = await client.endAllowance(key);
  session.out.result({ key, ...transaction }, `ended in block ${transaction.height}`);
}
