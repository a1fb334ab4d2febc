/** POST /v1/orders: an order into its demander's home region, and the answer that the caller prefers. */
import { z } from '@hono/zod-openapi';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Lease, OrderAnswer } from '../../durable-objects/region/rpc.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import type { Hash } from '../../protocol/hash.ts';
import { isPredicting } from '../../protocol/order/work.ts';
import type { Region } from '../../protocol/regions.ts';
import { transactionHash } from '../../protocol/tx/envelope.ts';
import { type OrderOpen, orderIdOf } from '../../protocol/tx/order-open.ts';
import { blobKey } from '../blob-key.ts';
import { type RegionStub, regionStub } from '../env.ts';
import { asSmallOrder } from '../give-way.ts';
import { networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { logFault } from './faults.ts';
import { base64Bytes, hash32 } from './fields.ts';
import { claimOf } from './idempotency.ts';
import { homeOf, parseOrder, TRANSACTION_REFUSALS } from './intake.ts';
import { intakeResponse, isAnswered } from './order-answer.ts';
import { parsePrefer } from './prefer.ts';
import { orderAnswerSchema } from './schemas.ts';

const orderRequest = z.strictObject({ transaction: base64Bytes, sealed: base64Bytes }).openapi('OrderRequest', {
  description: 'A signed OrderOpen, or an OrderOpenFor of an allowed key, and the sealed envelope that it commits to',
});

export function addOrderIntake(api: Api): void {
  addOperation(
    api,
    {
      id: 'createOrder',
      method: 'post',
      path: '/v1/orders',
      tag: 'Orders',
      summary: 'Place an order. With Prefer: wait=N the checked result comes in the answer',
      body: { json: orderRequest },
      idempotent: true,
      prefer: true,
      answers: {
        200: { description: 'Finished, or checked with its result', schema: orderAnswerSchema },
        202: { description: 'Taken in; Location names it', schema: orderAnswerSchema },
      },
      refuses: [
        ...TRANSACTION_REFUSALS,
        'price_limit_below_quote',
        'deadline_passed',
        'deadline_too_soon',
        'deadline_too_far',
        'window_too_long',
        'unknown_allowance',
        'allowance_exceeded',
        'no_provider',
        'work_too_large',
        'work_invalid',
        'unknown_model',
        'unknown_dataset',
        'sealed_malformed',
        'hash_mismatch',
        'grant_missing',
      ],
    },
    (c, { body }) => takeOrderIn(c, body.transaction, body.sealed),
  );
}

async function takeOrderIn(c: ApiContext, transaction: Uint8Array, sealed: Uint8Array): Promise<Response | Failure> {
  const prefer = parsePrefer(c.req.header('prefer'));
  const parsed = await parseOrder(transaction, sealed, await networkOf(c.env));
  if (!parsed.ok) return parsed;
  const { tx, opening } = parsed.value;
  const body = opening.order;
  const home = await homeOf(c.env, tx.sender);
  if (!home.ok) return home;
  const region = regionStub(c.env, home.value);
  const missing = await missingInput(c, region, body, transactionHash(transaction));
  if (missing) return missing;
  const startedMs = Date.now();
  const idempotency = await claimOf(c, tx.sender);
  const taken = await region.intakeOrder({ transaction, sealed, idempotency, preferQueue: prefer.respondAsync });
  if (!taken.ok) return taken;
  const { answer, lease, replayed } = taken.value;
  const run = lease ? runLease(c, home.value, lease) : undefined;
  if (prefer.waitMs === 0 || isAnswered(answer.order)) return intakeResponse(answer, prefer, replayed);
  const direct = await within(run, prefer.waitMs);
  if (direct && isAnswered(direct.order)) return intakeResponse(direct, prefer, replayed);
  // By queue, or another provider's turn after a failed check: the region object says when.
  const leftMs = Math.max(0, prefer.waitMs - (Date.now() - startedMs));
  const id = hash32.parse(answer.order.id);
  const wait = () => region.waitOrder(id, 'checked', leftMs);
  // The tiles of a large prediction are background work: they would give way to their own order.
  const isSmall = isPredicting(body.work) && answer.order.tiles === null;
  const waited = await (isSmall ? asSmallOrder(wait) : wait());
  return intakeResponse(waited.ok ? waited.value : answer, prefer, replayed);
}

/** An order for data that are not there. A repeated one gets its answer all the same: its data may be deleted by now. */
async function missingInput(
  c: ApiContext,
  region: RegionStub,
  { inputs, region: number }: OrderOpen,
  hash: Hash,
): Promise<Failure | undefined> {
  const found = await Promise.all(inputs.map((id) => c.env.BLOBS.head(blobKey(bytesToHex(id)))));
  const at = found.indexOf(null);
  const input = inputs[at];
  if (input === undefined) return undefined;
  const known = await region.order(orderIdOf(number, hash));
  return known.ok ? undefined : fail('unknown_dataset', bytesToHex(input), `inputs.${at}`);
}

/** Goes on when the caller leaves; a run that breaks off leaves the lease to expire, and the queue takes over. */
function runLease(c: ApiContext, region: Region, lease: Lease): Promise<OrderAnswer | undefined> {
  const run = c
    .get('deps')
    .runDirect(c.env, region, lease)
    .then((done) => (done.ok ? done.value : undefined))
    .catch((fault: unknown) => {
      logFault(c, fault);
      return undefined;
    });
  c.executionCtx.waitUntil(run);
  return run;
}

async function within<T>(run: Promise<T> | undefined, timeoutMs: number): Promise<T | undefined> {
  if (!run) return undefined;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), timeoutMs);
  const first = await Promise.race([run, promise]);
  clearTimeout(timer);
  return first;
}
