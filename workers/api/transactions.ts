/** /v1/transactions: everything signed that is not an order. */
import { z } from '@hono/zod-openapi';
import { openLedger } from '../../ledger/d1.ts';
import { finalTransaction, withOutcome } from '../../ledger/transaction-wire.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import { type Region, regionOf } from '../../protocol/regions.ts';
import type { WireTransaction } from '../../protocol/wire.ts';
import { regionStub } from '../env.ts';
import { networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { base64Bytes, hash32 } from './fields.ts';
import { claimOf } from './idempotency.ts';
import { homeOf, parseSigned, refuseOrder, TRANSACTION_REFUSALS } from './intake.ts';
import { parsePrefer, preferenceApplied } from './prefer.ts';
import { transactionSchema } from './schemas.ts';

export function addTransactions(api: Api): void {
  addOperation(
    api,
    {
      id: 'submitTransaction',
      method: 'post',
      path: '/v1/transactions',
      tag: 'Accounts',
      summary: 'Submit a signed transaction of any account, except an order',
      body: { json: z.strictObject({ transaction: base64Bytes }).openapi('TransactionRequest') },
      idempotent: true,
      prefer: true,
      answers: {
        200: { description: 'It has its outcome', schema: transactionSchema },
        202: { description: 'Durable; exactly one outcome follows', schema: transactionSchema },
      },
      refuses: [
        ...TRANSACTION_REFUSALS,
        'not_authorised',
        'system_account',
        'unknown_order',
        'illegal_transition',
        'not_cancellable',
        'result_mismatch',
        'unknown_batch',
        'already_claimed',
        'proof_invalid',
        'swap_closed',
        'unknown_swap_set',
        'swap_uncovered',
        'overloaded',
        'unknown_proposal',
        'voting_closed',
        'already_voted',
      ],
    },
    (c, { body }) => submit(c, body.transaction),
  );
  addOperation(
    api,
    {
      id: 'getTransaction',
      method: 'get',
      path: '/v1/transactions/{hash}',
      tag: 'Chain',
      summary: 'A transaction and its outcome',
      params: z.strictObject({ hash: hash32 }),
      prefer: true,
      answers: { 200: { description: 'The transaction', schema: transactionSchema } },
      refuses: ['not_found'],
    },
    async (c, { params }) => {
      const found = await findTransaction(c, params.hash, parsePrefer(c.req.header('prefer')).waitMs);
      return found ? Response.json(found) : fail('not_found');
    },
  );
}

async function submit(c: ApiContext, bytes: Uint8Array): Promise<Response | Failure> {
  const parsed = await parseSigned(bytes, await networkOf(c.env));
  if (!parsed.ok) return parsed;
  const order = refuseOrder(parsed.value);
  if (order) return order;
  const home = await homeOf(c.env, parsed.value.sender);
  if (!home.ok) return home;
  const region = regionStub(c.env, home.value);
  const taken = await region.submitTransaction(bytes, await claimOf(c, parsed.value.sender));
  return taken.ok ? transactionResponse(c, home.value, taken.value) : taken;
}

/** 202 while it is pending; with Prefer: wait=N the outcome is awaited in the region that holds it. */
export async function transactionResponse(c: ApiContext, holder: Region, taken: WireTransaction): Promise<Response> {
  const prefer = parsePrefer(c.req.header('prefer'));
  const waited =
    prefer.waitMs > 0 && taken.status === 'pending'
      ? await regionStub(c.env, holder).waitTransaction(hash32.parse(taken.hash), prefer.waitMs)
      : null;
  const shown = withOutcome(waited ?? taken);
  const applied = preferenceApplied(prefer);
  return Response.json(shown, {
    status: shown.status === 'pending' ? 202 : 200,
    headers: {
      location: `/v1/transactions/${shown.hash}`,
      ...(applied ? { 'preference-applied': applied } : {}),
    },
  });
}

/** From the ledger when it is final. Else some region holds it, and a hash does not say which: at most nine are asked. */
async function findTransaction(c: ApiContext, hash: Uint8Array, waitMs: number): Promise<WireTransaction | undefined> {
  const ledger = openLedger(c.env.DB);
  const final = await finalTransaction(ledger, hash);
  if (final) return final;
  const { genesis } = await networkOf(c.env);
  const asked = genesis.regions.map(({ region }) => regionOf(region));
  const answers = await Promise.all(asked.map((region) => regionStub(c.env, region).transaction(hash)));
  const at = answers.findIndex((answer) => answer !== null);
  const holder = asked[at];
  // Sealed since the ledger was asked: a region forgets what was applied.
  if (holder === undefined) return finalTransaction(ledger, hash);
  const held = answers[at] as WireTransaction;
  if (held.status !== 'pending' || waitMs === 0) return withOutcome(held);
  return withOutcome((await regionStub(c.env, holder).waitTransaction(hash, waitMs)) ?? held);
}
