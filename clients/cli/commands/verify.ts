/** hai verify: receipts, balances, blocks and whole chains, checked here. Exit 0 when it holds. */
import { type Command, InvalidArgumentError } from 'commander';
import { address } from '../arguments.ts';
import { UsageError } from '../exit-codes.ts';
import type { Io } from '../output.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';
import { withLogOptions } from '../verify/logged.ts';
import { type BalanceOptions, verifyBalance } from './verify-balance.ts';
import { type BlockOptions, verifyBlock } from './verify-block.ts';
import { type ChainOptions, verifyChain } from './verify-chain.ts';
import { type ReceiptOptions, verifyReceiptFile, withReceiptOptions } from './verify-receipt.ts';

function height(text: string): bigint {
  if (!/^(0|[1-9]\d{0,18})$/.test(text)) throw new InvalidArgumentError('Not a height.');
  return BigInt(text);
}

const withRange = (command: Command): Command =>
  command
    .option('--from <height>', 'the first block; 0 is the genesis', height)
    .option('--to <height>', 'the last block (the tip)', height);

export function addVerify(program: Command, io: Io): void {
  const verify = withRange(withReceiptOptions(program.command('verify')))
    .description('verify receipts, balances, blocks and chains against a pinned genesis hash')
    .argument('[receipt]', 'receipt.json; the same as `hai verify receipt`')
    // What follows a subcommand is the subcommand's, though this command knows options of the same name.
    .enablePositionalOptions();
  withCommonOptions(withLogOptions(verify)).action((path: string | undefined, options: AnyOptions) =>
    either(new Session(io, options), path, options),
  );
  const add = (name: string, description: string) =>
    withCommonOptions(withLogOptions(verify.command(name).description(description)));
  withReceiptOptions(add('receipt', "an order's receipt, with no network"))
    .argument('<file>', 'receipt.json')
    .action((path: string, options: CommonOptions & ReceiptOptions) =>
      verifyReceiptFile(new Session(io, options), path, options),
    );
  add('block', 'a block, executed again from its witness')
    .argument('<block>', 'a height, or the file that --save wrote')
    .option('--save <file>', 'keep all that was checked, for a check without a network')
    .action((place: string, options: CommonOptions & BlockOptions) =>
      verifyBlock(new Session(io, options), place, options),
    );
  add('balance', 'an account’s balance, or that there is no account')
    .argument('<address>', 'hai1...', address)
    .option('--file <file>', 'a proof that --save kept, checked without a network')
    .option('--save <file>', 'keep the proof')
    .action((of: string, options: CommonOptions & BalanceOptions) =>
      verifyBalance(new Session(io, options), of, options),
    );
  withRange(add('chain', 'every block that a network serves, executed again')).action(
    (options: CommonOptions & Partial<ChainOptions>) =>
      verifyChain(new Session(io, options), { ...options, from: options.from ?? 0n }),
  );
}

type AnyOptions = CommonOptions & ReceiptOptions & Partial<ChainOptions>;

/** `hai verify receipt.json`, or `hai verify --from 0`. */
function either(session: Session, path: string | undefined, options: AnyOptions): Promise<void> {
  const { from } = options;
  if (path !== undefined && from === undefined) return verifyReceiptFile(session, path, options);
  if (path === undefined && from !== undefined) return verifyChain(session, { ...options, from });
  throw new UsageError('name a receipt, or say --from HEIGHT; `hai verify --help` lists what else there is');
}
