import { grainGenConstants, type PoseidonFn, poseidon } from '@noble/curves/abstract/poseidon.js';
import { bn254_Fr as Fr } from '@noble/curves/bn254.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** Whose price is committed; the same tags stand in bid_covers_ask.circom. */
const TAGS = { bid: 'hai/price/bid/v1', ask: 'hai/price/ask/v1' } as const;
export type PriceSide = keyof typeof TAGS;

// circomlib's Poseidon of four inputs: width 5, 8 full and 60 partial rounds, x^5 (eprint 2019/458, tables 2 and 8).
const PARAMETERS = { Fp: Fr, t: 5, roundsFull: 8, roundsPartial: 60, sboxPower: 5 };

let permutation: PoseidonFn | undefined;

/** circomlib's `Poseidon(4)`: inputs and result are field elements, 0..r-1. */
export function poseidon4(inputs: readonly [bigint, bigint, bigint, bigint]): bigint {
  permutation ??= poseidon({ ...PARAMETERS, ...grainGenConstants(PARAMETERS) });
  return permutation([0n, ...inputs])[0] as bigint;
}

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
