/** The block that a run of sealing is about: built from what the regions have pending, or again from its staged bytes. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { BLOCK_TRANSACTIONS_MAX } from '../../../protocol/block/block.ts';
import { type BuiltBlock, type Candidate, candidatesOf } from '../../../protocol/block/build.ts';
import { withinSignatureBounds } from '../../../protocol/block/signature-bounds.ts';
import { withoutSpareClaimBytes } from '../../../protocol/block/swap-claims.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { type Region, regionNumber } from '../../../protocol/regions.ts';
import { type StagedBlock, stagedBlock } from '../../../protocol/seal/stage.ts';
import type { RuleContext } from '../../../protocol/tx/rule.ts';
import type { UnixMs } from '../../../protocol/units.ts';
import { signatureFaultOnce } from '../../../sealing/transaction-signatures.ts';
import type { Network, RegionContext } from '../context.ts';
import { buildOn } from './build-on.ts';
import { inTime } from './in-time.ts';
import { takenInTurn } from './in-turn.ts';
import type { Replica } from './replica.ts';

/** The peers' pending transactions. A region that does not answer, or not in time, is left for the next block. */
export async function pullAll(context: RegionContext, regions: readonly Region[]): Promise<Uint8Array[]> {
  const ask = (region: Region) => (regionNumber(region) === context.region ? context.self : context.peer(region));
  const answers = await Promise.allSettled(regions.map((region) => inTime(ask(region).pull(BLOCK_TRANSACTIONS_MAX))));
  const lists = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  // The swap claims that are too many are left out before the others are counted: they take nobody's place.
  return withoutSpareClaimBytes(takenInTurn(lists, Number.POSITIVE_INFINITY)).slice(0, BLOCK_TRANSACTIONS_MAX);
}

async function checked(unchecked: Candidate, rules: RuleContext): Promise<Candidate> {
  const { parsed, hash } = unchecked;
  return { ...unchecked, signaturesOk: parsed.ok && !(await signatureFaultOnce(parsed.value, hash, rules)) };
}

/** Undefined when there was nothing to decide. */
export async function buildNew(
  context: RegionContext,
  network: Network,
  replica: Replica,
  transactions: readonly Uint8Array[],
  nowMs: number,
): Promise<BuiltBlock | undefined> {
  const rules = context.ruleContext(network, 0);
  const unchecked = candidatesOf(transactions, rules.genesisHash, false);
  // What the block has no room for is not checked either.
  const bounded = withinSignatureBounds(unchecked, ({ parsed }) => (parsed.ok ? parsed.value : undefined));
  const candidates = await Promise.all(bounded.map((one) => checked(one, rules)));
  const proposerSeat = network.genesis.seats.findIndex((seat) => seat.region === context.region);
  const { genesis, hash: genesisHash } = network;
  const input = { genesis, genesisHash, nowMs: BigInt(nowMs) as UnixMs, proposerSeat, candidates };
  const built = await buildOn(replica, input, 'some');
  for (const { hash, reason } of built?.faults ?? [])
    console.error(JSON.stringify({ event: 'not_executable', transaction: bytesToHex(hash), reason }));
  return built;
}

/** Executes staged bytes again, at their own time. Undefined when that does not give the staged header. */
export async function buildAgain(
  network: Network,
  replica: Replica,
  staged: StagedBlock,
): Promise<BuiltBlock | undefined> {
  const { header, body } = staged.block;
  // Their signatures were checked before they were staged.
  const { genesis, hash: genesisHash } = network;
  const candidates = candidatesOf(body.transactions, genesisHash, true);
  const { timeMs: nowMs, proposerSeat } = header;
  const built = await buildOn(replica, { genesis, genesisHash, nowMs, proposerSeat, candidates });
  return built && equalBytes(stagedBlock(built.block).hash, staged.hash) ? built : undefined;
}
