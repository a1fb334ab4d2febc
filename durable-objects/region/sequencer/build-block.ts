/** The block that a run of sealing is about: built from what the regions have pending, or again from its staged bytes. */
import type { BuiltBlock, Candidate } from '../../../protocol/block/build.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { type Region, regionNumber } from '../../../protocol/regions.ts';
import { type StagedBlock, stagedBlock } from '../../../protocol/seal/stage.ts';
import { signatureFault } from '../../../protocol/transition.ts';
import { parseTransaction } from '../../../protocol/tx/envelope.ts';
import type { UnixMs } from '../../../protocol/units.ts';
import { verifyOnce } from '../../../sealing/signatures.ts';
import type { Network, RegionContext } from '../context.ts';
import { buildOn } from './build-on.ts';
import { inTime } from './in-time.ts';
import { takenInTurn } from './in-turn.ts';
import type { Replica } from './replica.ts';

/** Of one block: below the chain's 2,000, so that the block's JSON rows stay well under D1's statement limits. */
export const SEAL_TRANSACTIONS_MAX = 1000;

/** The peers' pending transactions. A region that does not answer, or not in time, is left for the next block. */
export async function pullAll(context: RegionContext, regions: readonly Region[]): Promise<Uint8Array[]> {
  const ask = (region: Region) => (regionNumber(region) === context.region ? context.self : context.peer(region));
  const answers = await Promise.allSettled(regions.map((region) => inTime(ask(region).pull(SEAL_TRANSACTIONS_MAX))));
  const lists = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  return takenInTurn(lists, SEAL_TRANSACTIONS_MAX);
}

async function signaturesVerify(bytes: Uint8Array, context: RegionContext, network: Network): Promise<boolean> {
  const parsed = parseTransaction(bytes, network.hash);
  return parsed.ok && !(await signatureFault(parsed.value, context.ruleContext(network, 0), verifyOnce));
}

/** Undefined when there was nothing to decide. */
export async function buildNew(
  context: RegionContext,
  network: Network,
  replica: Replica,
  transactions: readonly Uint8Array[],
  nowMs: number,
): Promise<BuiltBlock | undefined> {
  const candidates: Candidate[] = await Promise.all(
    transactions.map(async (bytes) => ({ bytes, signaturesOk: await signaturesVerify(bytes, context, network) })),
  );
  const proposerSeat = network.genesis.seats.findIndex((seat) => seat.region === context.region);
  const { genesis, hash: genesisHash } = network;
  return buildOn(replica, { genesis, genesisHash, nowMs: BigInt(nowMs) as UnixMs, proposerSeat, candidates });
}

/** Executes staged bytes again, at their own time. Undefined when that does not give the staged header. */
export async function buildAgain(
  network: Network,
  replica: Replica,
  staged: StagedBlock,
): Promise<BuiltBlock | undefined> {
  const { header, body } = staged.block;
  // Their signatures were checked before they were staged.
  const candidates = body.transactions.map((bytes) => ({ bytes, signaturesOk: true }));
  const { genesis, hash: genesisHash } = network;
  const { timeMs: nowMs, proposerSeat } = header;
  const built = await buildOn(replica, { genesis, genesisHash, nowMs, proposerSeat, candidates });
  return built && equalBytes(stagedBlock(built.block).hash, staged.hash) ? built : undefined;
}
