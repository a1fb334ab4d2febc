/** /v1/transactions/batch: several signed transactions of accounts of one home region, each with an answer of its own. */
import { z } from '@hono/zod-openapi';
import { pendingWire } from '../../durable-objects/region/mempool.ts';
import type { BatchAnswer } from '../../durable-objects/region/rpc.ts';
import { withOutcome } from '../../ledger/transaction-wire.ts';
import { errorNumber, errorRow, type Failure, ok, type Result } from '../../protocol/errors.ts';
import type { ParsedTransaction } from '../../protocol/tx/envelope.ts';
import type { WireBatchOutcome, WireTransaction } from '../../protocol/wire.ts';
import { regionStub } from '../env.ts';
import { networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { base64Bytes } from './fields.ts';
import { claimOf, REPLAYED_HEADER } from './idempotency.ts';
import { homeOf, parseEachSigned, refuseOrder } from './intake.ts';
import { batchSchema } from './schemas.ts';

/** As many 4 KB transactions in base64 are half of what a JSON body may hold, and one storage transaction of some 10 ms. */
export const BATCH_MAX = 100;

export function addTransactionBatch(api: Api): void {
  addOperation(
    api,
    {
      id: 'submitTransactions',
      method: 'post',
      path: '/v1/transactions/batch',
      tag: 'Accounts',
      summary: `Submit up to ${BATCH_MAX} signed transactions of accounts of one home region, each with an outcome of its own`,
      body: {
        json: z
          .strictObject({ transactions: z.array(base64Bytes).min(1).max(BATCH_MAX) })
          .openapi('TransactionBatchRequest'),
      },
      idempotent: true,
      answers: {
        200: {
          description:
            'What was taken is durable, and exactly one outcome of each follows; what was refused changed nothing. The key belongs to the first sender whose signature holds',
          schema: batchSchema,
        },
      },
      refuses: ['unknown_account'],
    },
    (c, { body }) => submitBatch(c, body.transactions),
  );
}

async function submitBatch(c: ApiContext, batch: readonly Uint8Array[]): Promise<Response | Failure> {
  const network = await networkOf(c.env);
  const signed = (await parseEachSigned(c.env, batch, network)).map(withoutOrder);
  const first = signed.find((one) => one.ok);
  // Refused by their own bytes, and always will be: there is nothing to keep a key for.
  if (!first?.ok) return answer(signed as Failure[], false);
  const home = await homeOf(c.env, first.value.tx.sender);
  if (!home.ok) return home;
  // What is left is a function of the bytes alone, so a repeat has the same places.
  const taken = await regionStub(c.env, home.value).submitTransactions(
    batch.filter((_, i) => signed[i]?.ok),
    await claimOf(c, first.value.tx.sender),
  );
  if (!taken.ok) return taken;
  const { answers, replayed } = taken.value;
  let next = 0;
  return answer(
    signed.map((one) => (one.ok ? wireOf(one.value, answers[next++] as BatchAnswer) : one)),
    replayed,
  );
}

const withoutOrder = (signed: Result<ParsedTransaction>): Result<ParsedTransaction> =>
  (signed.ok && refuseOrder(signed.value.tx)) || signed;

function wireOf({ tx, hash }: ParsedTransaction, answer: BatchAnswer): Result<WireTransaction> {
  return answer === 'pending' ? ok(pendingWire(tx, hash)) : answer;
}

function answer(results: readonly Result<WireTransaction>[], replayed: boolean): Response {
  const outcomes = results.map((one): WireBatchOutcome => {
    if (one.ok) return { transaction: withOutcome(one.value), refused: null };
    const { title, retryable } = errorRow(one.code);
    const detail = one.evidence ?? null;
    return { transaction: null, refused: { code: one.code, number: errorNumber(one.code), title, detail, retryable } };
  });
  return Response.json({ outcomes }, replayed ? { headers: { [REPLAYED_HEADER]: 'true' } } : {});
}
