/** Makes and posts an order: quote, seal, sign. `prepareOrder` changes nothing anywhere; `postOrder` may be repeated. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { equalBytes } from '../../protocol/hash.ts';
import type { ConfirmPolicy } from '../../protocol/order/record.ts';
import { type SealedPayload, sealedHash } from '../../protocol/order/sealed.ts';
import type { ModelWork, Work } from '../../protocol/order/work.ts';
import { encodeOrderOpen, type OrderOpen, orderIdOf } from '../../protocol/tx/order-open.ts';
import { encodeOrderOpenFor } from '../../protocol/tx/order-open-for.ts';
import { type HpuCycles, unixMs, type Zhi } from '../../protocol/units.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import { newContentKey } from '../../sealing/content.ts';
import { sealEnvelope } from '../../sealing/envelope.ts';
import type { Context } from './context.ts';
import { askQuote, compareQuotes, computeQuote, recipientsOf } from './quotes.ts';
import { signTransaction } from './signed-transaction.ts';
import { newIdempotencyKey } from './transport.ts';

/** An order that nobody finishes is refunded after a day. */
const DEADLINE_MS = 24 * 3600 * 1000;

export interface OrderTerms {
  readonly priceLimitZhi: Zhi;
  /** `auto` unless given. */
  readonly confirm?: ConfirmPolicy;
  /** Unix ms, at least 20 s ahead, so that a block can open the order before it; a day ahead unless given. */
  readonly deadlineMs?: bigint;
  /** `compute` spares the request for the network's own quote, which is only compared. `ask` unless given. */
  readonly quote?: 'ask' | 'compute';
}

export interface OrderParts extends OrderTerms {
  readonly work: Work;
  readonly payload: SealedPayload;
  /** SHA-256 of the uploaded ciphertexts that the order names in the open; a large prediction names its tiles in the payload. */
  readonly inputs: Uint8Array[];
  /** Ids of everything that was uploaded for it. */
  readonly uploads: readonly string[];
  /** Work behind the model of a prediction. */
  readonly model?: ModelWork;
}

export interface PreparedOrder {
  readonly id: string;
  readonly transaction: Uint8Array;
  readonly sealed: Uint8Array;
  /** Opens the result, and with it everything else of this order: a secret. */
  readonly contentKey: Uint8Array;
  readonly cycles: HpuCycles;
}

export async function prepareOrder(context: Context, nonce: bigint, parts: OrderParts): Promise<PreparedOrder> {
  const { work, payload, inputs, model, priceLimitZhi } = parts;
  const account = context.account();
  const demander = context.demander();
  const network = await context.network();
  const [quote, expiryHeight, baseFeeZhi] = await Promise.all([
    computeQuote(context, nonce, work, model),
    context.expiryHeight(),
    context.baseFeeZhi(),
  ]);
  if (parts.quote !== 'compute') compareQuotes(await askQuote(context, nonce, work), quote);
  const contentKey = newContentKey();
  const sealed = await sealEnvelope({
    contentKey,
    payload,
    recipients: recipientsOf(quote, priceLimitZhi),
    genesisHash: network.hash,
    demander,
  });
  const order: OrderOpen = {
    work,
    priceLimitZhi,
    confirm: parts.confirm ?? { kind: 'auto' },
    deadlineMs: unixMs(parts.deadlineMs ?? BigInt(Date.now() + DEADLINE_MS)),
    region: quote.homeRegion,
    sealedHash: sealedHash(sealed),
    inputs,
  };
  const transaction = await signTransaction(account, network, {
    nonce,
    expiryHeight,
    baseFeeZhi,
    ...(equalBytes(demander, account.publicKey)
      ? { type: 'orderOpen', body: encodeOrderOpen(order) }
      : { type: 'orderOpenFor', body: encodeOrderOpenFor({ payer: demander, order }) }),
  });
  return {
    id: bytesToHex(orderIdOf(quote.homeRegion, transaction.hash)),
    transaction: transaction.bytes,
    sealed,
    contentKey,
    cycles: quote.cycles,
  };
}

export interface PostOptions {
  readonly idempotencyKey?: string;
  /** Seconds to wait for the checked result; 0 unless given. */
  readonly waitSeconds?: number;
  /** Takes the queue even for small work. */
  readonly preferQueue?: boolean;
  /**
   * Called before an order is sent, again for each time that it had to be signed anew: the moment to store the content key,
   * without which the result can't be read.
   */
  readonly onPrepared?: (prepared: PreparedOrder) => Promise<void> | void;
}

/** `result`: the ciphertext, when the order was checked in time and is small enough to travel inline. */
export interface OrderAnswer {
  readonly order: WireOrder;
  readonly result: Uint8Array | null;
}

interface WireAnswer {
  order: WireOrder;
  result: string | null;
}

export const answerOfWire = ({ order, result }: WireAnswer): OrderAnswer => ({
  order,
  result: result === null ? null : base64.decode(result),
});

export async function postOrder(
  context: Context,
  prepared: Pick<PreparedOrder, 'transaction' | 'sealed'>,
  options: PostOptions = {},
): Promise<OrderAnswer> {
  const answer = await context.transport.json<WireAnswer>({
    method: 'POST',
    path: '/v1/orders',
    body: { transaction: base64.encode(prepared.transaction), sealed: base64.encode(prepared.sealed) },
    idempotencyKey: options.idempotencyKey ?? newIdempotencyKey(),
    waitSeconds: options.waitSeconds ?? 0,
    preferAsync: options.preferQueue ?? false,
  });
  return answerOfWire(answer);
}
