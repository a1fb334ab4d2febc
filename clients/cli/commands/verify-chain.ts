/** hai verify chain: everything that a network serves, executed again block by block. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { FinalHeader } from '../../../protocol/proof/final-header.ts';
import { formatHai } from '../../../protocol/units.ts';
import type { Light } from '../../light/light.ts';
import type { Client } from '../../sdk/client.ts';
import { HaiError, UntrustedError } from '../../sdk/errors.ts';
import { type ProofCalls, proofCalls } from '../../sdk/proofs.ts';
import { Interrupted, UsageError } from '../exit-codes.ts';
import { table } from '../output.ts';
import { ProgressLine } from '../progress.ts';
import type { Session } from '../session.ts';
import { ChainWalk, type WalkedChain } from '../verify/chain-walk.ts';
import { lightOfNetwork, pinRow, pinTold, reasonOf, servedOf, type ToldPin } from '../verify/light.ts';
import { asksForLog, checkLogged, type Logged, type LogOptions, loggedRows } from '../verify/logged.ts';
import { servedBlocks } from '../verify/served-chain.ts';
import { loggedHeight, servedTip } from '../verify/served-height.ts';

export interface ChainOptions extends LogOptions {
  /** 0 or 1: from the genesis. */
  readonly from: bigint;
  /** The tip unless given. */
  readonly to?: bigint;
}

export async function verifyChain(session: Session, options: ChainOptions): Promise<void> {
  const client = session.client();
  const calls = client.with(proofCalls);
  const light = lightOfNetwork(session, await calls.genesisBytes());
  const from = options.from === 0n ? 1n : options.from;
  const to = options.to ?? (await wholeChain(session, light, client, options));
  if (to < from && !(from === 1n && options.to === undefined))
    throw new UsageError(`there is no block from ${from} to ${to}`);
  const walk = new ChainWalk(light, from > 1n ? await begun(light, calls, from - 1n) : undefined);
  await walkAll(session, walk, calls, from, to);
  const logged = await loggedWalk(session, walk, { light, calls, options });
  tell(session, { from, told: walk.told, logged, pin: pinTold(session, light) });
}

/** To the tip that the network states, and to the end of its log where the reader asks for that: a tip is easily stated too low. */
async function wholeChain(session: Session, light: Light, client: Client, options: ChainOptions): Promise<bigint> {
  const tip = await servedTip(client);
  if (!asksForLog(options)) return tip;
  const logged = await loggedHeight(session, light, options);
  if (tip === 0n && logged === 0n)
    throw new UntrustedError('no block is served, and the log has no leaf: there is nothing to check', {
      code: 'not_found',
    });
  if (tip > logged) return tip;
  return logged;
}

interface Walking {
  readonly light: Light;
  readonly calls: ProofCalls;
  readonly options: ChainOptions;
}

/** Undefined unless an option asks for it. What the log got while the blocks were walked is walked too, once. */
async function loggedWalk(
  session: Session,
  walk: ChainWalk,
  { light, calls, options }: Walking,
): Promise<Logged | undefined> {
  const check = (last: FinalHeader) => checkLogged(session, light, last, options, walk.logHead());
  const { last } = walk.told;
  const logged = last && (await check(last));
  if (!logged || options.to !== undefined || logged.size <= last.header.height) return logged;
  await walkAll(session, walk, calls, last.header.height + 1n, logged.size);
  return check(walk.told.last as FinalHeader);
}

/** The header below the first block: certified, and trusted as such. */
async function begun(light: Light, calls: ProofCalls, height: bigint): Promise<FinalHeader> {
  const { header, certificate } = await calls.header(height);
  const final = servedOf(await light.header(header, certificate), `block ${height}: `);
  if (final.header.height !== height)
    throw new UntrustedError(`block ${final.header.height} was served for ${height}`, { code: 'header_invalid' });
  return final;
}

async function walkAll(session: Session, walk: ChainWalk, calls: ProofCalls, from: bigint, to: bigint): Promise<void> {
  const progress = new ProgressLine(session.out);
  try {
    for await (const block of servedBlocks(calls, from, to)) {
      if (session.io.signal.aborted) throw new Interrupted('stopped');
      const fault = await walk.take(block);
      if (fault)
        throw new UntrustedError(`block ${block.height} does not hold: ${reasonOf(fault)}`, { code: fault.code });
      progress.show(`block ${block.height} of ${to}, ${walk.told.transactions} transactions`);
    }
  } catch (error) {
    if (!(error instanceof HaiError) || error.code !== 'not_found') throw error;
    const told = `block ${(walk.told.last?.header.height ?? 0n) + 1n} is not served, on the way to ${to}`;
    throw new UntrustedError(told, { code: 'not_found', cause: error });
  } finally {
    progress.end();
  }
}

interface Verified {
  readonly from: bigint;
  readonly told: WalkedChain;
  readonly logged: Logged | undefined;
  readonly pin: ToldPin;
}

/** What no proof here shows, so that nobody takes it for shown. */
function notChecked({ from, told: { last }, logged, pin }: Verified): string {
  const height = last?.header.height ?? 0n;
  return [
    ...(pin.pinned ? [] : ['whether this is the network that you mean (--genesis)']),
    ...(from === 1n ? [] : [`what was executed before block ${from}`]),
    logged
      ? `what is newer than block ${height}`
      : `whether there is more than block ${height}, which is the network’s word`,
    ...(logged ? [] : ['whether others are shown the same chain (--log, --witness, --checkpoint)']),
    ...(logged && logged.witnesses.length === 0 ? ['whether others are shown the same log (--witness)'] : []),
  ].join('; ');
}

function holds(from: bigint, blocks: number): string {
  if (blocks === 0) return 'No block is served: nothing was checked.';
  return from === 1n
    ? 'The chain holds: each block is certified, follows the one before, and was executed again from the genesis on.'
    : `The chain holds from block ${from} on: each block was executed again from its witness. What was before is the seats’ word.`;
}

function tell({ out }: Session, verified: Verified): void {
  const { from, told, logged, pin } = verified;
  const { last, blocks, transactions, mintedZhi, burnedZhi, regimes, witnessesMissing } = told;
  const fromGenesis = from === 1n;
  const tip = last && { height: last.header.height, hash: bytesToHex(last.hash), supplyZhi: last.header.supplyZhi };
  out.result(
    {
      valid: blocks > 0,
      ...pin,
      from,
      to: tip?.height ?? 0n,
      fromGenesis,
      blocks,
      transactions,
      mintedZhi,
      burnedZhi,
      supplyZhi: tip?.supplyZhi ?? null,
      regimes,
      witnessesMissing,
      tip: tip ?? null,
      logged: logged ?? null,
    },
    [
      holds(from, blocks),
      table([
        ['blocks', `${blocks}, ${transactions} transactions`],
        [
          'regimes',
          Object.entries(regimes)
            .map(([regime, count]) => `${count} ${regime}`)
            .join(', ') || 'none',
        ],
        ['supply', tip ? formatHai(tip.supplyZhi) : '-'],
        ['minted', formatHai(mintedZhi)],
        ['burned', formatHai(burnedZhi)],
        ['witnesses', witnessesMissing === 0 ? 'all served' : `${witnessesMissing} not archived`],
        ['tip', tip ? `${tip.height} ${tip.hash}` : 'none'],
        pinRow(pin),
        ...loggedRows(logged),
        ['not checked', notChecked(verified)],
      ]),
    ].join('\n'),
  );
}
