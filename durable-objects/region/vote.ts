/**
 * The seats of this region vote. A signature is given once for a height and round: the record of it is durable before the
 * signature leaves. A seat signs a block only on top of the last one that it signed or saw certified, and only after it has
 * executed the block itself, from that header and the witness alone. One execution serves all seats of a region. A block that is
 * far ahead of the seats' clock waits for its signatures until its time has come.
 */
import { certificateFault, decodeCertificate, voteBytes } from '../../protocol/block/certificate.ts';
import { type BlockHeader, decodeHeader, encodeHeader, headerHash } from '../../protocol/block/header.ts';
import { linkFault, parentOf } from '../../protocol/block/link.ts';
import { type Failure, fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { type Asked, askedToVote, historyFault, type SeatHistory, voteStep } from '../../protocol/seal/voter.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import { clockFault } from './clock-bound.ts';
import type { Network, RegionContext } from './context.ts';
import { executeProposal } from './execute-proposal.ts';
import type { CertifiedHeader, Proposal, SeatVote } from './peer.ts';
import { blob, first } from './schema.ts';

const LAST = 'last-signed-header';

/** The header that the next block has to extend; undefined for the genesis. */
async function previousOf(
  context: RegionContext,
  network: Network,
  shown: CertifiedHeader | null,
): Promise<BlockHeader | undefined> {
  if (shown) {
    const header = decodeHeader(shown.header);
    const fault = await certificateFault(
      header,
      decodeCertificate(shown.certificate),
      network.genesis.seats,
      verifyFast,
    );
    if (!fault && equalBytes(header.genesis, network.hash)) return header;
  }
  const last = context.meta.get(LAST);
  return last && decodeHeader(last);
}

function historyAt(context: RegionContext, height: bigint): SeatHistory {
  const { sql } = context.ctx.storage;
  const last = context.meta.get(LAST);
  const row = first(sql.exec('SELECT round, block FROM signed_vote WHERE height = ?', height.toString()));
  return {
    lastHeight: last && decodeHeader(last).height,
    signed: row && { round: row.round as number, hash: blob(row.block) },
  };
}

/** The record of a signature. Undefined once it is kept, else why there may be none: another vote came in between. */
function signOnce(context: RegionContext, header: BlockHeader, asked: Asked): string | undefined {
  const { sql } = context.ctx.storage;
  return context.transaction(() => {
    const fault = historyFault(historyAt(context, asked.height), asked);
    if (fault) return fault;
    const { height, round, hash } = asked;
    sql.exec(
      'INSERT OR REPLACE INTO signed_vote(height, round, block) VALUES(?, ?, ?)',
      height.toString(),
      round,
      hash,
    );
    sql.exec('DELETE FROM signed_vote WHERE CAST(height AS INTEGER) < ?', Number(height) - VOTES_KEPT);
    context.meta.put(LAST, encodeHeader(header));
    return undefined;
  });
}

/** The last height alone decides; a few more make a fault easier to look into. */
const VOTES_KEPT = 16;

/** Undefined for a block that extends the last one, is not ahead of this clock, and executes to its header. */
async function blockFault(
  context: RegionContext,
  network: Network,
  header: BlockHeader,
  proposal: Proposal,
  shown: CertifiedHeader | null,
): Promise<Failure | undefined> {
  const { genesis, hash: genesisHash } = network;
  const previous = await previousOf(context, network, shown);
  const link = linkFault(header, parentOf(previous, genesis, genesisHash), genesis, genesisHash);
  if (link) return fail('consensus_stalled', link);
  const early = clockFault(header.timeMs, Date.now());
  if (early) return early;
  const executed = await executeProposal(context.env, network, previous, header, proposal);
  if (executed.ok) return undefined;
  const { code, evidence: reason } = executed;
  const { region } = context;
  console.error(JSON.stringify({ event: 'block_refused', region, height: header.height.toString(), code, reason }));
  return executed;
}

export async function vote(
  context: RegionContext,
  network: Network,
  proposal: Proposal,
  shown: CertifiedHeader | null,
): Promise<Result<SeatVote[]>> {
  const header = decodeHeader(proposal.header);
  const asked = { height: header.height, round: header.round, hash: headerHash(header) };
  let refusal: Failure | undefined;
  let { state, effect } = voteStep(askedToVote(asked), { is: 'asked', history: historyAt(context, asked.height) });
  if (effect.kind === 'execute') {
    refusal = await blockFault(context, network, header, proposal, shown);
    ({ state, effect } = voteStep(state, { is: 'executed', fault: refusal?.code }));
  }
  if (effect.kind === 'record') {
    ({ state, effect } = voteStep(state, { is: 'recorded', fault: signOnce(context, header, asked) }));
  }
  if (effect.kind === 'refuse') return refusal ?? fail('consensus_stalled', effect.reason);
  return ok(await signatures(context, network, voteBytes(header, asked.hash)));
}

function signatures(context: RegionContext, network: Network, message: Uint8Array): Promise<SeatVote[]> {
  const seats = network.genesis.seats.filter((seat) => seat.region === context.region);
  return Promise.all(
    seats.map(async (seat, i) => ({ seatKey: seat.key, signature: await context.keyring.signAsSeat(i, message) })),
  );
}
