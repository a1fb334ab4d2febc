/**
 * circomlib's Poseidon over the scalar field of BN254: what a circuit computes as `Poseidon(2)` and `Poseidon(4)`. 8 full rounds,
 * x^5; constants from the Grain generator (eprint 2019/458, tables 2 and 8).
 */
import { grainGenConstants, type PoseidonFn, poseidon } from '@noble/curves/abstract/poseidon.js';
import { bn254_Fr as Fr } from '@noble/curves/bn254.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** By inputs; the state is one element wider. */
const PARTIAL_ROUNDS = { 2: 57, 4: 60 } as const;
const FIELD_BYTES = 32;

/** Each made when first used: some 25 ms. */
const permutations = new Map<number, PoseidonFn>();

function permutationOf(inputs: keyof typeof PARTIAL_ROUNDS): PoseidonFn {
  const made = permutations.get(inputs);
  if (made) return made;
  const parameters = { Fp: Fr, t: inputs + 1, roundsFull: 8, roundsPartial: PARTIAL_ROUNDS[inputs], sboxPower: 5 };
  const permutation = poseidon({ ...parameters, ...grainGenConstants(parameters) });
  permutations.set(inputs, permutation);
  return permutation;
}

/** Elements of the field, 0..r-1, in and out. */
export const poseidon2 = (left: bigint, right: bigint): bigint => permutationOf(2)([0n, left, right])[0] as bigint;
export const poseidon4 = (inputs: readonly [bigint, bigint, bigint, bigint]): bigint =>
  permutationOf(4)([0n, ...inputs])[0] as bigint;

/** Of 32 bytes, the most significant first; undefined for what is no element. */
export function fieldElement(bytes: Uint8Array): bigint | undefined {
  const value = BigInt(`0x${bytesToHex(bytes)}`);
  return value < Fr.ORDER ? value : undefined;
}

export function fieldBytes(element: bigint): Uint8Array {
  const out = new Uint8Array(FIELD_BYTES);
  let rest = element;
  for (let i = FIELD_BYTES - 1; i >= 0; i--) {
    out[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return out;
}
