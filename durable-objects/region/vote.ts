/**
 * The seats of this region vote. A signature is given once for a height and round: the record of it is durable before the
 * signature leaves. A seat signs a block only on top of the last one that it signed or saw certified, and only after it has
 * executed the block itself, from that header and the witness alone. One execution serves all seats of a region.
 */
import { certificateFault, decodeCertificate, voteBytes } from '../../protocol/block/certificate.ts';
import { type BlockHeader, decodeHeader, encodeHeader, headerHash } from '../../protocol/block/header.ts';
import { linkFault, parentOf } from '../../protocol/block/link.ts';
import { type Failure, fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { verifyFast } from '../../sealing/signatures.ts';
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

function signedAnother(context: RegionContext, header: BlockHeader, hash: Uint8Array): boolean {
  const { sql } = context.ctx.storage;
  const row = first(sql.exec('SELECT round, block FROM signed_vote WHERE height = ?', header.height.toString()));
  return row !== undefined && (row.round as number) >= header.round && !equalBytes(blob(row.block), hash);
}

/** The seat never goes back, whatever it is shown. */
function isPast(context: RegionContext, header: BlockHeader): boolean {
  const last = context.meta.get(LAST);
  return last !== undefined && header.height < decodeHeader(last).height;
}

/** Why this region's seats may not sign at all, whatever is in the block. */
function historyFault(context: RegionContext, header: BlockHeader, hash: Uint8Array): string | undefined {
  if (isPast(context, header)) return 'a height that is past';
  return signedAnother(context, header, hash) ? 'another block of this height was signed' : undefined;
}

/** The record of a signature. Undefined once it is kept, else why there may be none: another vote came in between. */
function signOnce(context: RegionContext, header: BlockHeader, hash: Uint8Array): string | undefined {
  const { sql } = context.ctx.storage;
  return context.transaction(() => {
    const fault = historyFault(context, header, hash);
    if (fault) return fault;
    sql.exec(
      'INSERT OR REPLACE INTO signed_vote(height, round, block) VALUES(?, ?, ?)',
      header.height.toString(),
      header.round,
      hash,
    );
    sql.exec('DELETE FROM signed_vote WHERE CAST(height AS INTEGER) < ?', Number(header.height) - VOTES_KEPT);
    context.meta.put(LAST, encodeHeader(header));
    return undefined;
  });
}

/** The last height alone decides; a few more make a fault easier to look into. */
const VOTES_KEPT = 16;

/** Undefined for a block that extends the last one and executes to its header. */
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
  const executed = await executeProposal(network, previous, header, proposal);
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
  const hash = headerHash(header);
  const history = historyFault(context, header, hash);
  if (history) return fail('consensus_stalled', history);
  const last = context.meta.get(LAST);
  const repeated = last !== undefined && equalBytes(last, proposal.header);
  const fault = repeated ? undefined : await blockFault(context, network, header, proposal, shown);
  if (fault) return fault;
  const unsigned = signOnce(context, header, hash);
  if (unsigned) return fail('consensus_stalled', unsigned);
  const seats = network.genesis.seats.filter((seat) => seat.region === context.region);
  const message = voteBytes(header, hash);
  const votes = seats.map(async (seat, i) => ({
    seatKey: seat.key,
    signature: await context.keyring.signAsSeat(i, message),
  }));
  return ok(await Promise.all(votes));
}
