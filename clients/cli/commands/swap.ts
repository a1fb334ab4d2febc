/** hai swap: the ERC20 token that the network takes over: claims, swaps out, and the sets of records behind them. */
import { writeFile } from 'node:fs/promises';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type Command, Option } from 'commander';
import { swapSetKind } from '../../../protocol/governance/values.ts';
import { outPlace, swapOuts } from '../../../protocol/record/swap.ts';
import { DEFAULT_REGION, type Region } from '../../../protocol/regions.ts';
import { typedDigest } from '../../../protocol/swap/eip712.ts';
import { formatEvmAddress } from '../../../protocol/swap/evm-address.ts';
import { evmHex } from '../../../protocol/swap/evm-hex.ts';
import { rootOfParts } from '../../../protocol/swap/set-parts.ts';
import { releaseTypedData } from '../../../protocol/swap/typed-data.ts';
import { formatHai, type Zhi } from '../../../protocol/units.ts';
import { type ClaimFor, swapCalls } from '../../sdk/swap.ts';
import { formatSwapRecord, type PlacedRecord } from '../../sdk/swap-record.ts';
import { address, haiAmount } from '../arguments.ts';
import { Refusal } from '../exit-codes.ts';
import { type Io, table } from '../output.ts';
import { FILE_BYTES_MAX, readTextFile } from '../secret-files.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';
import { evmAddress, evmSignature, recordIn, region, sequenceNumber } from '../swap-arguments.ts';
import { AMOUNT_UNITS, type AmountUnit, placedRecords, snapshotRecords } from '../swap-snapshot.ts';
import { lightOfNetwork, servedOf } from '../verify/light.ts';

interface ClaimOptions extends CommonOptions {
  readonly record: string;
  readonly holder?: Uint8Array;
  readonly to?: string;
  readonly home: Region;
}

export function addSwap(program: Command, io: Io): void {
  const swap = program.command('swap').description('the ERC20 token that the network takes over');
  const addOf = (name: string, description: string) => withCommonOptions(swap.command(name).description(description));
  const addClaimOf = (name: string, description: string) =>
    addOf(name, description)
      .requiredOption('--record <file>', "the holder's record, or a snapshot's file with --holder")
      .option('--holder <0x…>', 'whose record of the file', evmAddress)
      .option('--to <address>', 'the account that is paid; this wallet’s unless given', address)
      .option('--home <region>', 'its home, should the claim create it', region, DEFAULT_REGION);
  addOf('status', 'the token, and what is promised, claimed and swapped out').action((options: CommonOptions) =>
    status(new Session(io, options)),
  );
  addClaimOf('claim-text', "the EIP-712 text that the holder's wallet signs (eth_signTypedData_v4)").action(
    (options: ClaimOptions) => claimText(new Session(io, options), options),
  );
  addClaimOf('claim', 'send a signed claim, at the expense of this wallet')
    .requiredOption('--signature <0x…>', "the holder's, over the claim-text of the same --to and --home", evmSignature)
    .action((options: ClaimOptions & { signature: Uint8Array }) => claim(new Session(io, options), options));
  addOf('out', 'swap HAI for the token')
    .argument('<hai>', 'how much', haiAmount)
    .requiredOption('--to <0x…>', 'who gets the token on the EVM chain', evmAddress)
    .action((amount: Zhi, options: CommonOptions & { to: Uint8Array }) =>
      swapOut(new Session(io, options), amount, options.to),
    );
  addOf('outs', 'swaps out, in their order')
    .option('--from <number>', 'from this one on', sequenceNumber, 0n)
    .action((options: CommonOptions & { from: bigint }) => outs(new Session(io, options), options.from));
  addOf(
    'release-text',
    'the EIP-712 text of a swap out, which the releasers of the token contract sign; its proof is verified',
  )
    .argument('<number>', 'of the swap out', sequenceNumber)
    .action((sequence: bigint, options: CommonOptions) => releaseText(new Session(io, options), sequence));
  addOf('snapshot', 'make a set of records of a list of holders or locks; no network')
    .argument('<file>', 'CSV or JSON: address, amount, and for locks txHash, logIndex')
    .addOption(new Option('--unit <unit>', 'of the amounts').choices(AMOUNT_UNITS).default('wei'))
    .option('--out <file>', 'where the records go, one a line, with their paths')
    .action((file: string, options: CommonOptions & { unit: AmountUnit; out?: string }) =>
      snapshot(new Session(io, options), file, options.unit, options.out),
    );
}

const hai = (amountZhi: string): string => formatHai(BigInt(amountZhi));

async function status(session: Session): Promise<void> {
  const calls = session.client().with(swapCalls);
  const [terms, { sets }] = await Promise.all([calls.swap(), calls.swapSets()]);
  if (!terms.open) return session.out.result({ ...terms, sets }, 'the network takes over no token');
  const rows: [string, string][] = [
    ['token', `${terms.token} on chain ${terms.evmChainId}`],
    ['swap account', hai(terms.balanceZhi)],
    ['promised', hai(terms.promisedZhi)],
    ['claimed', hai(terms.claimedZhi)],
    ['swapped out', `${hai(terms.outZhi)} in ${terms.outs}`],
    ...[...(terms.snapshot ? [terms.snapshot] : []), ...sets].map((one): [string, string] => [
      `set ${one.set}`,
      `${hai(one.claimedZhi)} of ${hai(one.totalZhi)} claimed`,
    ]),
  ];
  session.out.result({ ...terms, sets }, table(rows));
}

const claimFor = (session: Session, { to, home }: ClaimOptions): ClaimFor => ({
  recipient: to ?? session.address(),
  homeRegion: home,
});

/** The text alone on stdout, as wallets take it, with --json or without. */
async function claimText(session: Session, options: ClaimOptions): Promise<void> {
  const record = await recordIn(options.record, options.holder);
  const text = await session.client().with(swapCalls).claimText(record, claimFor(session, options));
  session.out.note(`to be signed by ${formatEvmAddress(record.holder)}`);
  session.out.result(text, JSON.stringify(text, undefined, 2));
}

async function claim(session: Session, options: ClaimOptions & { signature: Uint8Array }): Promise<void> {
  const record = await recordIn(options.record, options.holder);
  const paid = claimFor(session, options);
  const calls = session.client({ account: await session.account() }).with(swapCalls);
  const { hash, height } = await calls.claimSwap(record, paid, options.signature);
  const { amountZhi } = record;
  const told = {
    recipient: paid.recipient,
    amountZhi,
    holder: formatEvmAddress(record.holder),
    transaction: hash,
    height,
  };
  session.out.result(told, `${formatHai(amountZhi)} to ${paid.recipient} in block ${height}`);
}

async function swapOut(session: Session, amountZhi: Zhi, to: Uint8Array): Promise<void> {
  const calls = session.client({ account: await session.account() }).with(swapCalls);
  const { hash, height } = await calls.swapOut(to, amountZhi);
  const receiver = formatEvmAddress(to);
  const told = { to: receiver, amountZhi, transaction: hash, height };
  session.out.result(told, `${formatHai(amountZhi)} out in block ${height}; ${receiver} is paid by the token contract`);
}

async function outs(session: Session, from: bigint): Promise<void> {
  const page = await session.client().with(swapCalls).swapOuts(from);
  const rows = page.outs.map(({ sequence, to, amountZhi, height }): [string, string] => [
    sequence,
    `${hai(amountZhi)} to ${to}, block ${height}`,
  ]);
  session.out.result(page, rows.length > 0 ? table(rows) : 'none');
}

async function releaseText(session: Session, sequence: bigint): Promise<void> {
  const served = await session.client().with(swapCalls).swapOutProof(sequence);
  const light = lightOfNetwork(session, served.genesis);
  const final = servedOf(await light.header(served.header, served.certificate));
  const place = outPlace(sequence);
  const bytes = servedOf(light.record(final, place, served.value, served.proof));
  const out = bytes && swapOuts.read({ record: () => bytes }, place.key);
  if (!out) throw new Refusal(`there is no swap out of number ${sequence}`, 'not_found');
  const { evmChainId, token } = light.genesis.swap;
  const { to, amountZhi } = out;
  const text = releaseTypedData({ evmChainId, token, network: light.hash, sequence, to, amountZhi });
  session.out.note(`proven by block ${final.header.height}; the digest is ${evmHex(typedDigest(text))}`);
  session.out.result(text, JSON.stringify(text, undefined, 2));
}

function* linesOf(records: readonly PlacedRecord[]): Generator<string> {
  for (const record of records) yield `${formatSwapRecord(record)}\n`;
}

async function snapshot(session: Session, file: string, unit: AmountUnit, out: string | undefined): Promise<void> {
  const { parts, records } = placedRecords(snapshotRecords(readTextFile(file, FILE_BYTES_MAX.table), unit));
  const { totalZhi } = parts;
  const set = {
    set: bytesToHex(rootOfParts(parts)),
    records: parts.records,
    totalZhi,
    merkleRoot: bytesToHex(parts.merkleRoot),
    parameter: swapSetKind.text(parts),
  };
  if (out !== undefined) {
    try {
      await writeFile(out, linesOf(records), { mode: 0o600, flag: 'wx' });
    } catch (cause) {
      throw new Refusal(`${out} can not be written: ${(cause as Error).message}`);
    }
  }
  const rows: [string, string | number][] = [
    ['set', set.set],
    ['records', set.records],
    ['total', formatHai(totalZhi)],
    ['total in zhi', totalZhi.toString()],
    ['root of the tree', set.merkleRoot],
    ['for a vote', `hai params propose swapSet '${set.parameter}'`],
    ...(out === undefined ? [] : [['records in', out] as [string, string]]),
  ];
  session.out.result({ ...set, ...(out === undefined ? {} : { out }) }, table(rows));
}
