/** Orders of this client's account, or of the payer that allowed it: open, follow, open the result, confirm, cancel. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { addressOf } from '../../protocol/address.ts';
import { hasCheckedResult, isFinished } from '../../protocol/order/lifecycle.ts';
import { isPredicting } from '../../protocol/order/work.ts';
import { RECEIPT_FILE_BYTES_MAX } from '../../protocol/proof/receipt-file.ts';
import { encodeOrderConfirm } from '../../protocol/tx/order-confirm.ts';
import { encodeOrderRefund } from '../../protocol/tx/order-refund.ts';
import type { WireOrder, WireTransaction } from '../../protocol/wire.ts';
import type { Context } from './context.ts';
import { HaiError } from './errors.ts';
import {
  answerOfWire,
  type OrderAnswer,
  type OrderParts,
  type PostOptions,
  type PreparedOrder,
  postOrder,
  prepareOrder,
} from './open-order.ts';
import { type PredictRequest, predictParts, type TrainRequest, trainParts } from './order-parts.ts';
import { askQuote, compareQuotes, computeQuote, modelWorkOf, type OrderQuote } from './quotes.ts';
import { searchCalls } from './search.ts';
import { type PredictTableRequest, predictTableParts, type SearchRequest, searchParts } from './search-parts.ts';
import { submit } from './submit.ts';
import { submitTransaction } from './transactions.ts';
import { pause, queryOf } from './transport.ts';
import { watchOrder } from './watch-order.ts';

/** Of one request; longer waits repeat it. */
const WAIT_SECONDS_MAX = 25;
const ORDER_TIMEOUT_MS = 3_600_000;
/** Between two answers of a network that does not wait. */
const POLL_PAUSE_MS = 250;

/** `prepared.contentKey` opens the result; whoever loses it has paid for what nobody can read. */
export interface OpenedOrder extends OrderAnswer {
  readonly id: string;
  readonly contentKey: Uint8Array;
  readonly prepared: PreparedOrder;
  /** Ids of the ciphertexts that were uploaded for it; their owner may remove them (`datasets`) once the order is final. */
  readonly uploads: readonly string[];
}

/** Has a checked result, or will never have one. */
const isChecked = ({ state }: WireOrder): boolean => hasCheckedResult(state) || isFinished(state);

const isDone = (order: WireOrder, until: 'checked' | 'final'): boolean =>
  until === 'final' ? order.final : isChecked(order);

export function orderCalls(context: Context) {
  const { transport } = context;

  async function open(parts: OrderParts, options: PostOptions): Promise<OpenedOrder> {
    const { built, answer } = await submit(
      context,
      async (nonce) => {
        const prepared = await prepareOrder(context, nonce, parts);
        await options.onPrepared?.(prepared);
        return prepared;
      },
      (prepared, idempotencyKey) => postOrder(context, prepared, { ...options, idempotencyKey }),
    );
    return { ...answer, id: built.id, contentKey: built.contentKey, prepared: built, uploads: parts.uploads };
  }

  async function order(id: string): Promise<OrderAnswer> {
    return answerOfWire(await transport.json({ method: 'GET', path: `/v1/orders/${id}` }));
  }

  /** Throws HaiError when the chain refused it. */
  async function act(type: 'orderConfirm' | 'orderRefund', body: Uint8Array): Promise<WireTransaction> {
    return submitTransaction(context, type, () => Promise.resolve(body));
  }

  return {
    /** The quote for the account's next nonce, recomputed here and equal to the network's. */
    async quote(work: OrderParts['work']): Promise<OrderQuote> {
      const model = isPredicting(work) ? await modelWorkOf(context, bytesToHex(work.model)) : undefined;
      const nonce = BigInt((await context.accountView(context.account().address)).nextNonce);
      const own = await computeQuote(context, nonce, work, model);
      compareQuotes(await askQuote(context, nonce, work), own);
      return own;
    },
    train: async (request: TrainRequest, options: PostOptions = {}) =>
      open(await trainParts(context, request), options),
    predict: async (request: PredictRequest, options: PostOptions = {}) =>
      open(await predictParts(context, request), options),
    /** A search for a model over a typed table. */
    search: async (request: SearchRequest, options: PostOptions = {}) =>
      open(await searchParts(context, request), options),
    /** Typed rows by the model of a search. */
    predictTable: async (request: PredictTableRequest, options: PostOptions = {}) =>
      open(await predictTableParts(context, request), options),
    /** Signed and sealed for a given nonce, not sent. */
    prepareTrain: async (nonce: bigint, request: TrainRequest) =>
      prepareOrder(context, nonce, await trainParts(context, request)),
    preparePredict: async (nonce: bigint, request: PredictRequest) =>
      prepareOrder(context, nonce, await predictParts(context, request)),
    prepareSearch: async (nonce: bigint, request: SearchRequest) =>
      prepareOrder(context, nonce, await searchParts(context, request)),
    postOrder: (prepared: Pick<PreparedOrder, 'transaction' | 'sealed'>, options?: PostOptions) =>
      postOrder(context, prepared, options),
    order,
    orders: (account = addressOf(context.demander()), page: { limit?: number; cursor?: string } = {}) =>
      transport.json<{ orders: WireOrder[]; next: string | null }>({
        method: 'GET',
        path: `/v1/orders${queryOf({ account, ...page })}`,
      }),
    watchOrder: (id: string, signal?: AbortSignal) => watchOrder(transport, id, signal),
    ...searchCalls(context),
    /** Ciphertext of the result; of a large prediction, that of each tile behind its length (openResult reads both). */
    resultCiphertext: (id: string) => transport.bytes({ method: 'GET', path: `/v1/orders/${id}/result` }),
    modelCiphertext: (id: string) => transport.bytes({ method: 'GET', path: `/v1/models/${id}` }),
    /** Text of receipt.json; light.ts verifies it without this network. */
    receipt: (id: string) =>
      transport.text({ method: 'GET', path: `/v1/orders/${id}/receipt`, answerBytesMax: RECEIPT_FILE_BYTES_MAX }),

    /** The order once it is checked (or over), or final. Throws HaiError result_not_ready after `timeoutMs`. */
    async waitOrder(id: string, until: 'checked' | 'final', timeoutMs = ORDER_TIMEOUT_MS): Promise<OrderAnswer> {
      const endMs = Date.now() + timeoutMs;
      for (;;) {
        const askedMs = Date.now();
        const waitSeconds = Math.min(WAIT_SECONDS_MAX, Math.max(0, Math.ceil((endMs - askedMs) / 1000)));
        const path = `/v1/orders/${id}${queryOf({ until })}`;
        const answer = answerOfWire(await transport.json({ method: 'GET', path, waitSeconds }));
        if (isDone(answer.order, until)) return answer;
        if (Date.now() >= endMs) {
          throw new HaiError('result_not_ready', {
            detail: `the order is ${answer.order.state} after ${timeoutMs} ms`,
          });
        }
        if (Date.now() - askedMs < POLL_PAUSE_MS) await pause(POLL_PAUSE_MS);
      }
    },

    /** Confirms a checked result, as the demander alone may; the root is the order's unless the caller recomputed one. */
    async confirm(id: string, resultRoot?: Uint8Array): Promise<WireTransaction> {
      const root = resultRoot ?? rootOf((await order(id)).order);
      return act('orderConfirm', encodeOrderConfirm({ order: hexToBytes(id), resultRoot: root }));
    },
    /** Before a result is committed; a search before it is matched: after that it is stopped (`stopSearch`), and paid for. */
    cancel: (id: string) => act('orderRefund', encodeOrderRefund({ order: hexToBytes(id), reason: 'cancel' })),
  };
}

function rootOf(order: WireOrder): Uint8Array {
  if (order.resultRoot === null) throw new HaiError('result_not_ready', { detail: `the order is ${order.state}` });
  return hexToBytes(order.resultRoot);
}
