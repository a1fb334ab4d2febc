/** What a transaction opens: an order, in whose name, and whether the sender is another than who pays (order-open-for.ts). */
import type { Transaction } from './envelope.ts';
import { decodeOrderOpen, type OrderOpen } from './order-open.ts';
import { decodeOrderOpenFor } from './order-open-for.ts';
import { txTypeName } from './types.ts';

export interface Opening {
  readonly order: OrderOpen;
  /** Pays price limit and fee; the envelope is sealed in its name. */
  readonly demander: Uint8Array;
  /** True when the sender only lends its nonce, under an allowance of the demander's. */
  readonly sponsored: boolean;
}

/** Undefined for a transaction that opens no order. Throws CodecError for a body that does not decode. */
export function openingOf({ type, sender, body }: Pick<Transaction, 'type' | 'sender' | 'body'>): Opening | undefined {
  const name = txTypeName(type);
  if (name === 'orderOpen') return { order: decodeOrderOpen(body), demander: sender, sponsored: false };
  if (name !== 'orderOpenFor') return undefined;
  const { order, payer } = decodeOrderOpenFor(body);
  return { order, demander: payer, sponsored: true };
}
