/** /v1/swap: the ERC20 that is taken over, what of it may be claimed and was, and what went out. Claims go to /v1/transactions. */
import { z } from '@hono/zod-openapi';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { openLedger } from '../../ledger/d1.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import { equalBytes, type Hash } from '../../protocol/hash.ts';
import {
  claimPlace,
  hasSwap,
  lockPlace,
  outPlace,
  readSet,
  readTotals,
  type SwapTotals,
  setPlace,
  snapshotOf,
  swapClaims,
  swapOuts,
  totalsPlace,
} from '../../protocol/record/swap.ts';
import type { RecordPlace, RecordView } from '../../protocol/state/record.ts';
import { evmHex } from '../../protocol/swap/evm-hex.ts';
import { SET_RECORDS_MAX } from '../../protocol/swap/set-parts.ts';
import type {
  WireSwap,
  WireSwapClaim,
  WireSwapOutProof,
  WireSwapOuts,
  WireSwapSets,
} from '../../protocol/swap/wire.ts';
import { wireClaim, wireOut, wireSet } from '../../protocol/swap/wire-record.ts';
import { networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { hash32, pageLimit, u64 } from './fields.ts';
import { proposerStub, wireProof } from './proposer.ts';
import { swapClaimSchema, swapOutProofSchema, swapOutsSchema, swapSchema, swapSetsSchema } from './swap-schemas.ts';

const logIndex = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,9})$/, 'not the index of an event')
  .transform(Number)
  .refine((index) => index < 2 ** 32, 'not the index of an event')
  .openapi({ type: 'integer', minimum: 0, maximum: 2 ** 32 - 1 });

const recordIndex = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,6})$/, 'not the index of a record')
  .transform(Number)
  .refine((index) => index < SET_RECORDS_MAX, 'no set has so many records')
  .openapi({ type: 'integer', minimum: 0, maximum: SET_RECORDS_MAX - 1 });

export function addSwap(api: Api): void {
  addOperation(
    api,
    {
      id: 'getSwap',
      method: 'get',
      path: '/v1/swap',
      tag: 'Swap',
      summary: 'The token that is taken over, and the sums of what is promised, claimed and swapped out',
      answers: { 200: { description: 'As of the last final block', schema: swapSchema } },
      refuses: [],
    },
    (c) => swap(c),
  );
  addOperation(
    api,
    {
      id: 'listSwapSets',
      method: 'get',
      path: '/v1/swap/sets',
      tag: 'Swap',
      summary: 'The sets of records that governance registered, by their roots',
      query: z.strictObject({ limit: pageLimit, after: hash32.optional() }),
      answers: {
        200: { description: 'A page; `next` is the `after` of the one that follows', schema: swapSetsSchema },
      },
      refuses: [],
    },
    (c, { query }) => sets(c, query.after, query.limit),
  );
  addOperation(
    api,
    {
      id: 'getSwapClaim',
      method: 'get',
      path: '/v1/swap/claims/{set}/{index}',
      tag: 'Swap',
      summary: 'Whether a record, or the lock that it stands for, was claimed, and to whom it was paid',
      params: z.strictObject({ set: hash32, index: recordIndex }),
      query: z.strictObject({ txHash: hash32.optional(), logIndex: logIndex.optional() }),
      answers: { 200: { description: 'The claim, or null', schema: swapClaimSchema } },
      refuses: ['unknown_swap_set'],
    },
    (c, { params, query }) => claim(c, params.set, params.index, query),
  );
  addOperation(
    api,
    {
      id: 'listSwapOuts',
      method: 'get',
      path: '/v1/swap/outs',
      tag: 'Swap',
      summary: 'Swaps out in their order, which has no gap: for those who pay them on the EVM chain',
      query: z.strictObject({ from: u64.optional(), limit: pageLimit }),
      answers: { 200: { description: 'A page; `next` is the `from` of the one that follows', schema: swapOutsSchema } },
      refuses: [],
    },
    (c, { query }) => outs(c, query.from ?? 0n, query.limit),
  );
  addOperation(
    api,
    {
      id: 'proveSwapOut',
      method: 'get',
      path: '/v1/swap/outs/{sequence}/proof',
      tag: 'Swap',
      summary: 'A swap out, or that there is none of this number, proven against the last final block’s state root',
      params: z.strictObject({ sequence: u64 }),
      answers: { 200: { description: 'Record, proof, header and certificate', schema: swapOutProofSchema } },
      refuses: ['not_found', 'consensus_stalled'],
    },
    (c, { params }) => outProof(c, params.sequence),
  );
}

/** All of one moment: a block that lands is in all of them or in none. */
async function recordsAt(ledger: Ledger, places: readonly RecordPlace[]): Promise<RecordView> {
  const found = await ledger.records(places);
  return { record: (kind, key) => found.find((one) => one.kind === kind && equalBytes(one.key, key))?.value };
}

async function swap(c: ApiContext): Promise<Response> {
  const { genesis, hash } = await networkOf(c.env);
  const ledger = openLedger(c.env.DB);
  const { evmChainId, token } = genesis.swap;
  const root = snapshotOf(genesis)?.root;
  const [records, account] = await Promise.all([
    recordsAt(ledger, root ? [totalsPlace, setPlace(root)] : [totalsPlace]),
    ledger.account(SYSTEM_ACCOUNT.swap),
  ]);
  const totals = readTotals(records, genesis);
  const snapshot = root && readSet(records, genesis, root);
  return Response.json({
    open: hasSwap(genesis),
    network: bytesToHex(hash),
    evmChainId: evmChainId.toString(),
    token: evmHex(token),
    balanceZhi: (account?.balanceZhi ?? 0n).toString(),
    ...sumsOf(totals),
    snapshot: root && snapshot ? wireSet(root, snapshot) : null,
  } satisfies WireSwap);
}

const sumsOf = ({ promisedZhi, claimedZhi, outZhi, outs: count }: SwapTotals) => ({
  promisedZhi: promisedZhi.toString(),
  claimedZhi: claimedZhi.toString(),
  outZhi: outZhi.toString(),
  outs: count.toString(),
});

/** The snapshot is none of them: it has a row only once something of it is claimed, and is told with the terms. */
async function sets(c: ApiContext, after: Hash | undefined, limit: number): Promise<Response> {
  const { genesis } = await networkOf(c.env);
  const ledger = openLedger(c.env.DB);
  // The sums stand under the first key of the kind; the snapshot's row and that of the next page are two more.
  const rows = await ledger.recordPage(after ? setPlace(after) : totalsPlace, limit + 2);
  const roots = rows.flatMap(({ kind, key }) => (kind === 'swapSet' ? [key] : []));
  const snapshot = snapshotOf(genesis)?.root;
  const registered = roots.filter((root) => !snapshot || !equalBytes(root, snapshot));
  const view: RecordView = { record: (_, key) => rows.find((row) => equalBytes(row.key, key))?.value };
  const page = registered.slice(0, limit).flatMap((root) => {
    const set = readSet(view, genesis, root);
    return set ? [wireSet(root, set)] : [];
  });
  const next = registered.length > limit ? (page.at(-1)?.set ?? null) : null;
  return Response.json({ sets: page, next } satisfies WireSwapSets);
}

async function claim(
  c: ApiContext,
  set: Hash,
  index: number,
  { txHash, logIndex }: { txHash?: Hash | undefined; logIndex?: number | undefined },
): Promise<Response | Failure> {
  if ((txHash === undefined) !== (logIndex === undefined))
    return fail('invalid_field', 'a lock is a transaction and the index of its event', 'logIndex');
  const { genesis } = await networkOf(c.env);
  const lock = txHash && logIndex !== undefined ? [lockPlace({ txHash, logIndex })] : [];
  const places = [claimPlace(set, index), ...lock];
  const records = await recordsAt(openLedger(c.env.DB), [setPlace(set), ...places]);
  if (!readSet(records, genesis, set)) return fail('unknown_swap_set');
  const [found] = places.flatMap(({ key }) => swapClaims.read(records, key) ?? []);
  return Response.json({
    set: bytesToHex(set),
    index,
    claim: found ? wireClaim(found) : null,
  } satisfies WireSwapClaim);
}

async function outs(c: ApiContext, from: bigint, limit: number): Promise<Response> {
  const { genesis } = await networkOf(c.env);
  const ledger = openLedger(c.env.DB);
  const { outs: count } = readTotals(await recordsAt(ledger, [totalsPlace]), genesis);
  const left = from < count ? count - from : 0n;
  const length = left < BigInt(limit) ? Number(left) : limit;
  const sequences = Array.from({ length }, (_, i) => from + BigInt(i));
  const records = await recordsAt(ledger, sequences.map(outPlace));
  const page = sequences.flatMap((sequence) => {
    const out = swapOuts.read(records, outPlace(sequence).key);
    return out ? [wireOut(sequence, out)] : [];
  });
  const end = from + BigInt(length);
  return Response.json({ outs: page, next: end < count ? end.toString() : null } satisfies WireSwapOuts);
}

async function outProof(c: ApiContext, sequence: bigint): Promise<Response | Failure> {
  const { kind: record, key } = outPlace(sequence);
  const proven = await (await proposerStub(c.env)).proveState({ kind: 'record', record, key });
  if (!proven.ok) return proven;
  const { value } = proven.value;
  const out = value ? swapOuts.read({ record: () => value }, key) : undefined;
  return Response.json({
    ...wireProof(proven.value),
    sequence: sequence.toString(),
    record: value ? base64.encode(value) : null,
    out: out ? wireOut(sequence, out) : null,
  } satisfies WireSwapOutProof);
}
