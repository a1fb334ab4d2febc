/**
 * The seats of this region vote. A signature is given once for a height and round: the record of it is durable before the
 * signature leaves. A seat signs a header only on top of the last one that it signed or saw certified.
 * It does not yet re-execute the block: that comes with stateless validation, and the API says `hosted` until then.
 */
import { linkFault, type Parent } from '../../protocol/block/build.ts';
import { certificateFault, decodeCertificate, voteBytes } from '../../protocol/block/certificate.ts';
import { type BlockHeader, decodeHeader, encodeHeader, headerHash } from '../../protocol/block/header.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import type { Network, RegionContext } from './context.ts';
import type { SeatVote } from './peer.ts';
import { blob, first } from './schema.ts';

const LAST = 'last-signed-header';

interface Certified {
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
}

async function parentOf(context: RegionContext, network: Network, shown: Certified | null): Promise<Parent> {
  if (shown) {
    const header = decodeHeader(shown.header);
    const fault = await certificateFault(
      header,
      decodeCertificate(shown.certificate),
      network.genesis.seats,
      verifyFast,
    );
    if (!fault && equalBytes(header.genesis, network.hash)) return { ...header, hash: headerHash(header) };
  }
  const last = context.meta.get(LAST);
  if (!last) return { hash: network.hash, height: 0n as never, timeMs: network.genesis.createdMs };
  const header = decodeHeader(last);
  return { ...header, hash: headerHash(header) };
}

/** False when another block of this height and round was signed. */
function signOnce(context: RegionContext, header: BlockHeader, hash: Uint8Array): boolean {
  const { sql } = context.ctx.storage;
  return context.transaction(() => {
    const row = first(sql.exec('SELECT round, block FROM signed_vote WHERE height = ?', header.height.toString()));
    if (row && (row.round as number) >= header.round) return equalBytes(blob(row.block), hash);
    sql.exec(
      'INSERT OR REPLACE INTO signed_vote(height, round, block) VALUES(?, ?, ?)',
      header.height.toString(),
      header.round,
      hash,
    );
    sql.exec('DELETE FROM signed_vote WHERE CAST(height AS INTEGER) < ?', Number(header.height) - VOTES_KEPT);
    context.meta.put(LAST, encodeHeader(header));
    return true;
  });
}

/** The last height alone decides; a few more make a fault easier to look into. */
const VOTES_KEPT = 16;

export async function vote(
  context: RegionContext,
  network: Network,
  bytes: Uint8Array,
  shown: Certified | null,
): Promise<Result<SeatVote[]>> {
  const header = decodeHeader(bytes);
  const hash = headerHash(header);
  const last = context.meta.get(LAST);
  const repeated = last !== undefined && equalBytes(last, bytes);
  // A certified parent may be shown for a height that was signed already; the seat never goes back.
  if (last && header.height < decodeHeader(last).height) return fail('consensus_stalled', 'a height that is past');
  if (!repeated) {
    const fault = linkFault(header, await parentOf(context, network, shown), network.genesis, network.hash);
    if (fault) return fail('consensus_stalled', fault);
  }
  if (!signOnce(context, header, hash)) return fail('consensus_stalled', 'another block of this height was signed');
  const seats = network.genesis.seats.filter((seat) => seat.region === context.region);
  const message = voteBytes(header, hash);
  const votes = seats.map(async (seat, i) => ({
    seatKey: seat.key,
    signature: await context.keyring.signAsSeat(i, message),
  }));
  return ok(await Promise.all(votes));
}
