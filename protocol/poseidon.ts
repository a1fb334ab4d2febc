/**
 * circomlib's Poseidon of two inputs over the scalar field of BN254: what a circuit computes as `Poseidon(2)`. Width 3, 8 full
 * and 57 partial rounds, x^5; constants from the Grain generator (eprint 2019/458, tables 2 and 8).
 */
import { grainGenConstants, type PoseidonFn, poseidon } from '@noble/curves/abstract/poseidon.js';
import { bn254_Fr as Fr } from '@noble/curves/bn254.js';
import { bytesToHex } from '@noble/hashes/utils.js';

const PARAMETERS = { Fp: Fr, t: 3, roundsFull: 8, roundsPartial: 57, sboxPower: 5 };
const FIELD_BYTES = 32;

/** Made when first used: some 25 ms. */
let permutation: PoseidonFn | undefined;

/** Elements of the field, 0..r-1, in and out. */
export function poseidon2(left: bigint, right: bigint): bigint {
  permutation ??= poseidon({ ...PARAMETERS, ...grainGenConstants(PARAMETERS) });
  return permutation([0n, left, right])[0] as bigint;
}

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
