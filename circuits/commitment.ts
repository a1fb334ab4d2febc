/** What a hidden price is committed to by. */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { poseidon4 } from '../protocol/poseidon.ts';

/** Whose price is committed; the same tags stand in bid_covers_ask.circom. */
const TAGS = { bid: 'hai/price/bid/v1', ask: 'hai/price/ask/v1' } as const;
export type PriceSide = keyof typeof TAGS;

/**
 * The commitment that the demander (bid) or provider (ask) publishes and that the proof's public signal must equal.
 *
 * @param order `orderSignal` of the order's id
 * @param price zhi, 0..2^64-1
 * @param salt drawn uniformly from 0..r-1 and kept secret
 */
export function commitPrice(side: PriceSide, order: bigint, price: bigint, salt: bigint): bigint {
  const tag = utf8ToBytes(TAGS[side]).reduce((integer, byte) => (integer << 8n) | BigInt(byte), 0n);
  return poseidon4([tag, order, price, salt]);
}
