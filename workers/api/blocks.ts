/** /v1/blocks: final blocks, with the bytes that a light client verifies. */
import { z } from '@hono/zod-openapi';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import type { LedgerBlockHead, LedgerTransaction } from '../../ledger/blocks.ts';
import { openLedger } from '../../ledger/d1.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { decodeCertificate } from '../../protocol/block/certificate.ts';
import { decodeHeader } from '../../protocol/block/header.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import { regionOf } from '../../protocol/regions.ts';
import { txTypeName } from '../../protocol/tx/types.ts';
import type { WireBlock } from '../../protocol/wire.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { encodeCursor } from './cursor.ts';
import { isNoneMatch } from './etag.ts';
import { pageCursor, pageLimit } from './fields.ts';
import { blockPageSchema, blockSchema } from './schemas.ts';

/** A final block never changes. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';
/** The latest one does: ask each time, and be told if it is still the same. */
export const REVALIDATE = 'public, no-cache';

/** `latest`, a height, or a hash. */
export const blockPlace = z
  .string()
  .regex(/^(latest|0|[1-9][0-9]{0,18}|[0-9a-f]{64})$/, 'not `latest`, a height or a block hash')
  .openapi({ example: 'latest' });

export function addBlocks(api: Api): void {
  addOperation(
    api,
    {
      id: 'listBlocks',
      method: 'get',
      path: '/v1/blocks',
      tag: 'Chain',
      summary: 'Final blocks, newest first',
      query: z.strictObject({ limit: pageLimit, cursor: pageCursor('blocks') }),
      answers: { 200: { description: 'A page', schema: blockPageSchema } },
      refuses: [],
    },
    async (c, { query }) => {
      const ledger = openLedger(c.env.DB);
      const heads = await ledger.blockPage(query.cursor === undefined ? undefined : BigInt(query.cursor), query.limit);
      const blocks = await Promise.all(heads.map((head) => wireBlock(ledger, head)));
      const last = heads.at(-1);
      // Heights start at 1 and have no gap, so the last page is known by its end.
      const next = last && last.height > 1n ? encodeCursor('blocks', last.height.toString()) : null;
      return Response.json({ blocks, next });
    },
  );
  addOperation(
    api,
    {
      id: 'getBlock',
      method: 'get',
      path: '/v1/blocks/{place}',
      tag: 'Chain',
      summary: 'A final block, by height, by hash, or the latest',
      params: z.strictObject({ place: blockPlace }),
      answers: {
        200: { description: 'The block. ETag is its hash', schema: blockSchema },
        304: { description: 'If-None-Match names this block' },
      },
      refuses: ['not_found'],
    },
    (c, { params }) => blockResponse(c, params.place),
  );
}

async function blockResponse(c: ApiContext, place: string): Promise<Response | Failure> {
  const ledger = openLedger(c.env.DB);
  const head = await headAt(ledger, place);
  if (!head) return fail('not_found', `no final block ${place}`);
  const etag = `"${bytesToHex(head.hash)}"`;
  const headers = { etag, 'cache-control': place === 'latest' ? REVALIDATE : IMMUTABLE };
  if (isNoneMatch(c.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers });
  return Response.json(await wireBlock(ledger, head), { headers });
}

/** D1 holds int64, and one more than the height is asked for. */
const HEIGHT_MAX = 2n ** 63n - 2n;

export async function headAt(ledger: Ledger, place: string): Promise<LedgerBlockHead | undefined> {
  if (place === 'latest') return (await ledger.blockPage(undefined, 1))[0];
  if (place.length === 64) return ledger.block(hexToBytes(place));
  const height = BigInt(place);
  if (height > HEIGHT_MAX) return undefined;
  // A page of one spares reading the body, which may be 1 MiB.
  const [head] = await ledger.blockPage(height + 1n, 1);
  return head?.height === height ? head : undefined;
}

async function wireBlock(ledger: Ledger, head: LedgerBlockHead): Promise<WireBlock> {
  const header = decodeHeader(head.header);
  const { seats } = decodeCertificate(head.certificate);
  const transactions = await ledger.transactionsOfBlock(head.height);
  return {
    height: header.height.toString(),
    hash: bytesToHex(head.hash),
    parent: bytesToHex(header.parent),
    timeMs: header.timeMs.toString(),
    region: regionOf(header.region),
    proposerSeat: header.proposerSeat,
    epoch: header.epoch.toString(),
    round: header.round,
    regime: header.regime,
    txRoot: bytesToHex(header.txRoot),
    receiptRoot: bytesToHex(header.receiptRoot),
    stateRoot: bytesToHex(header.stateRoot),
    supplyZhi: header.supplyZhi.toString(),
    resourceRoot: bytesToHex(header.resourceRoot),
    commitmentRoot: bytesToHex(header.commitmentRoot),
    electionRoot: bytesToHex(header.electionRoot),
    cyclesBilled: header.cyclesBilled.toString(),
    mintedZhi: header.mintedZhi.toString(),
    burnedZhi: header.burnedZhi.toString(),
    transactions: transactions.map(wireBlockTransaction),
    header: base64.encode(head.header),
    certificate: base64.encode(head.certificate),
    seats: seatsIn(seats),
  };
}

const wireBlockTransaction = ({ hash, type, outcome }: LedgerTransaction): WireBlock['transactions'][number] => ({
  hash: bytesToHex(hash),
  type: txTypeName(type) ?? String(type),
  outcome,
});

/** Numbers of the seats whose bits are set; a certificate has 16 bits for them. */
function seatsIn(bits: number): number[] {
  return Array.from({ length: 16 }, (_, seat) => seat).filter((seat) => (bits >> seat) & 1);
}
