/** hai wallet: the keystore and the money of its account. */

import { bytesToHex } from '@noble/hashes/utils.js';
import type { Command } from 'commander';
import { parseAddress } from '../../../protocol/address.ts';
import { REGIONS, type Region } from '../../../protocol/regions.ts';
import { formatHai, type Zhi } from '../../../protocol/units.ts';
import type { WireTransaction } from '../../../protocol/wire.ts';
import { accountOfSeed, newAccountSeed } from '../../sdk/account.ts';
import { address, haiAmount } from '../arguments.ts';
import { newPassphrase } from '../ask.ts';
import { Refusal, UsageError } from '../exit-codes.ts';
import { type ScryptCost, STANDARD_COST, sealKeystore } from '../keystore.ts';
import { type Io, table } from '../output.ts';
import { writeSecretFile } from '../secret-files.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';

/** A cheaper scrypt opens faster and protects less; the format stores it, so both can be read. */
const LIGHT_COST: ScryptCost = { n: 4096, r: 8, p: 6 };

export function addWallet(program: Command, io: Io): void {
  const wallet = program.command('wallet').description('the keystore and the money of its account');
  const add = (name: string, description: string) => withCommonOptions(wallet.command(name).description(description));
  add('new', 'make a keystore with a new key')
    .option('--light', "a cheaper scrypt (the format's light cost), for machines")
    .action((options: CommonOptions & { light?: true }) => create(new Session(io, options), options.light === true));
  add('show', 'address, public key and place of the keystore; no network').action((options: CommonOptions) =>
    show(new Session(io, options)),
  );
  add('address', 'the address alone').action((options: CommonOptions) => {
    const session = new Session(io, options);
    const own = session.address();
    session.out.result({ address: own }, own);
  });
  add('balance', 'what the account holds')
    .argument('[address]', 'of this account', address)
    .action((of: string | undefined, options: CommonOptions) => balance(new Session(io, options), of));
  add('faucet', 'money of a development network')
    .argument('[hai]', 'how much', haiAmount)
    .action((amount: Zhi | undefined, options: CommonOptions) => faucet(new Session(io, options), amount));
  add('transfer', 'send money')
    .argument('<to>', 'address', address)
    .argument('<hai>', 'how much', haiAmount)
    .option('--home <region>', `home of the recipient, if this creates its account: ${REGIONS.join(', ')}`)
    .action((to: string, amount: Zhi, options: CommonOptions & { home?: string }) =>
      transfer(new Session(io, options), to, amount, options.home),
    );
}

async function create(session: Session, isLight: boolean): Promise<void> {
  if (session.hasKeystore()) throw new Refusal(`${session.keystorePath} exists; it is not overwritten`);
  const chosen = await newPassphrase(session.io);
  const seed = newAccountSeed();
  const { address: own } = accountOfSeed(seed);
  const keystore = await sealKeystore(seed, chosen, own, isLight ? LIGHT_COST : STANDARD_COST);
  writeSecretFile(session.keystorePath, `${JSON.stringify(keystore, undefined, 2)}\n`, false);
  session.out.result(
    { address: own, keystore: session.keystorePath },
    `${table([
      ['address', own],
      ['keystore', session.keystorePath],
    ])}\nWhoever loses the file or its passphrase loses the account.`,
  );
}

function show(session: Session): void {
  const own = session.address();
  const key = parseAddress(own);
  if (!key) throw new Refusal('the keystore names no address of this network');
  session.out.result(
    { address: own, publicKey: bytesToHex(key), keystore: session.keystorePath },
    table([
      ['address', own],
      ['public key', bytesToHex(key)],
      ['keystore', session.keystorePath],
    ]),
  );
}

async function balance(session: Session, of: string | undefined): Promise<void> {
  const account = await session.client().account(of ?? session.address());
  const { balanceZhi, reservedZhi } = account;
  session.out.result(
    account,
    table([
      ['address', account.address],
      ['balance', formatHai(BigInt(balanceZhi))],
      ['reserved', formatHai(BigInt(reservedZhi))],
      ['home region', account.homeRegion],
      ['next nonce', account.nextNonce],
    ]),
  );
}

const movedText = ({ hash, height }: WireTransaction, amount: string): string =>
  table([
    ['amount', amount],
    ['transaction', hash],
    ['block', height ?? '-'],
  ]);

async function faucet(session: Session, amount: Zhi | undefined): Promise<void> {
  const transaction = await session.client().faucet(session.address(), amount);
  const told = amount === undefined ? 'as much as the faucet gives' : formatHai(amount);
  session.out.result(transaction, movedText(transaction, told));
}

async function transfer(session: Session, to: string, amount: Zhi, home: string | undefined): Promise<void> {
  if (home !== undefined && !REGIONS.includes(home as Region)) throw new UsageError(`no region ${home}`);
  const client = session.client({ account: await session.account() });
  const transaction = await client.transfer(to, amount, home as Region | undefined);
  session.out.result(transaction, movedText(transaction, formatHai(amount)));
}
