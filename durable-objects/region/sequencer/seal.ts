/**
 * Step 6, seal: pull what the regions have pending, build the block, stage it, collect the seats' votes, commit it to D1 in one
 * fenced batch, and tell the regions. A crash between any two of these is resumed from the stage: the same bytes are voted on
 * and committed again, never a block built anew.
 */

import { type BuiltBlock, buildBlock, type Candidate } from '../../../protocol/block/build.ts';
import { certify, encodeCertificate } from '../../../protocol/block/certificate.ts';
import { encodeHeader, headerHash } from '../../../protocol/block/header.ts';
import { bytesMax, type Decoded, decode, encode, struct, u64As, vec } from '../../../protocol/codec.ts';
import { type Region, regionNumber } from '../../../protocol/regions.ts';
import { signatureFault } from '../../../protocol/transition.ts';
import { parseTransaction, TX_BYTES_MAX } from '../../../protocol/tx/envelope.ts';
import type { UnixMs } from '../../../protocol/units.ts';
import { verifyFast, verifyOnce } from '../../../sealing/signatures.ts';
import type { Network, RegionContext } from '../context.ts';
import { blob, first } from '../schema.ts';
import { inTime } from './in-time.ts';
import { takenInTurn } from './in-turn.ts';
import type { Replica } from './replica.ts';
import { collectVotes } from './votes.ts';

/** Of one block: below the chain's 2,000, so that the block's JSON rows stay well under D1's statement limits. */
export const SEAL_TRANSACTIONS_MAX = 1000;

const stageCodec = struct({ nowMs: u64As<UnixMs>(), candidates: vec(bytesMax(TX_BYTES_MAX), SEAL_TRANSACTIONS_MAX) });
type Stage = Decoded<typeof stageCodec>;

export function stagedBlock(context: RegionContext): Stage | undefined {
  const row = first(context.ctx.storage.sql.exec('SELECT block FROM stage WHERE one = 1'));
  return row ? decode(stageCodec, blob(row.block)) : undefined;
}

export function clearStage(context: RegionContext): void {
  context.ctx.storage.sql.exec('DELETE FROM stage');
}

function writeStage(context: RegionContext, stage: Stage): void {
  context.ctx.storage.sql.exec('INSERT OR REPLACE INTO stage(one, block) VALUES(1, ?)', encode(stageCodec, stage));
}

/** The peers' pending transactions. A region that does not answer, or not in time, is left for the next block. */
async function pullAll(context: RegionContext, regions: readonly Region[]): Promise<Uint8Array[]> {
  const ask = (region: Region) => (regionNumber(region) === context.region ? context.self : context.peer(region));
  const answers = await Promise.allSettled(regions.map((region) => inTime(ask(region).pull(SEAL_TRANSACTIONS_MAX))));
  const lists = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  return takenInTurn(lists, SEAL_TRANSACTIONS_MAX);
}

async function signaturesVerify(bytes: Uint8Array, context: RegionContext, network: Network): Promise<boolean> {
  const parsed = parseTransaction(bytes, network.hash);
  return parsed.ok && !(await signatureFault(parsed.value, context.ruleContext(network, 0), verifyOnce));
}

async function build(
  context: RegionContext,
  network: Network,
  replica: Replica,
  stage: Stage,
): Promise<BuiltBlock | undefined> {
  const candidates: Candidate[] = await Promise.all(
    stage.candidates.map(async (bytes) => ({ bytes, signaturesOk: await signaturesVerify(bytes, context, network) })),
  );
  const proposerSeat = network.genesis.seats.findIndex((seat) => seat.region === context.region);
  const { genesis, hash: genesisHash } = network;
  const { parent, tree } = replica;
  return buildBlock({
    genesis,
    genesisHash,
    parent,
    state: replica,
    tree,
    nowMs: stage.nowMs,
    proposerSeat,
    candidates,
  });
}

export type Sealed =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'stalled'; readonly reason: string }
  /** D1 has another tip than this object thought: it reloads its replica. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'sealed'; readonly built: BuiltBlock; readonly hash: Uint8Array }
  | { readonly kind: 'refusals'; readonly built: BuiltBlock };

export async function sealNext(
  context: RegionContext,
  network: Network,
  replica: Replica,
  regions: readonly Region[],
  nowMs: number,
): Promise<Sealed> {
  let stage = stagedBlock(context);
  if (!stage) {
    const candidates = await pullAll(context, regions);
    if (candidates.length === 0) return { kind: 'nothing' };
    stage = { nowMs: BigInt(nowMs) as UnixMs, candidates };
  }
  const built = await build(context, network, replica, stage);
  if (!built || built.transactions.length === 0) {
    clearStage(context);
    return built ? { kind: 'refusals', built } : { kind: 'nothing' };
  }
  writeStage(context, stage);
  const certificate = await collectVotes(context, network, replica, built);
  if (!certificate) return { kind: 'stalled', reason: 'no quorum of seats answered' };
  const certified = await certify(built.block, certificate, network.genesis.seats, verifyFast);
  if (typeof certified === 'string') return { kind: 'stalled', reason: certified };
  if ((await context.ledger.commit(certified, built)) === 'stale') {
    clearStage(context);
    return { kind: 'stale' };
  }
  clearStage(context);
  const hash = headerHash(built.block.header);
  replica.take(built.state);
  replica.tree = built.tree;
  replica.parent = { hash, height: built.block.header.height, timeMs: built.block.header.timeMs };
  replica.parentProof = { header: encodeHeader(built.block.header), certificate: encodeCertificate(certificate) };
  return { kind: 'sealed', built, hash };
}
