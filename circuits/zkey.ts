import { bn254 } from '@noble/curves/bn254.js';
import type { Curve } from 'snarkjs';
import { integerBytes, u32, writeSections } from './binary.ts';
import { type FixedBase, fixedBase } from './fixed-base.ts';
import type { Coefficient, KeyScalars } from './keygen.ts';

const { Fp, Fr } = bn254.fields;

const GROTH16 = 1;
// snarkjs stores coefficients multiplied by the square of its Montgomery radix 2^256.
const MONTGOMERY_SQUARED = 1n << 512n;
// Contributions carry a 64-byte hash of the circuit. There was no ceremony: zeros, which `snarkjs zkey verify` refuses.
const NO_CEREMONY = new Uint8Array(64);

function writeCoefficients(coefficients: readonly Coefficient[]): Uint8Array[] {
  const entries = coefficients.flatMap(({ matrix, constraint, signal, value }) => [
    u32(matrix),
    u32(constraint),
    u32(signal),
    integerBytes(Fr.create(value * MONTGOMERY_SQUARED), Fr.BYTES),
  ]);
  return [u32(coefficients.length), ...entries];
}

function encodeAll(base: FixedBase, scalars: readonly bigint[]): Uint8Array[] {
  return scalars.map((scalar) => base.encode(scalar));
}

/** Writes the proving key in snarkjs' zkey format (its sections are listed in snarkjs' src/zkey_utils.js). */
export function writeZkey(curve: Curve, key: KeyScalars): Uint8Array {
  const g1 = fixedBase(curve.G1);
  const g2 = fixedBase(curve.G2);
  const header = [
    u32(Fp.BYTES),
    integerBytes(Fp.ORDER, Fp.BYTES),
    u32(Fr.BYTES),
    integerBytes(Fr.ORDER, Fr.BYTES),
    u32(key.a.length),
    u32(key.publicSignals),
    u32(key.domainSize),
    g1.encode(key.alpha),
    g1.encode(key.beta),
    g2.encode(key.beta),
    g2.encode(1n), // gamma
    g1.encode(key.delta),
    g2.encode(key.delta),
  ];
  return writeSections('zkey', [
    [1, [u32(GROTH16)]],
    [2, header],
    [3, encodeAll(g1, key.inputs)],
    [4, writeCoefficients(key.coefficients)],
    [5, encodeAll(g1, key.a)],
    [6, encodeAll(g1, key.b)],
    [7, encodeAll(g2, key.b)],
    [8, encodeAll(g1, key.privates)],
    [9, encodeAll(g1, key.h)],
    [10, [NO_CEREMONY, u32(0)]],
  ]);
}

/** The verification key in snarkjs' JSON. */
export type VerificationKeyJson = {
  protocol: 'groth16';
  curve: 'bn128';
  nPublic: number;
  vk_alpha_1: string[];
  vk_beta_2: string[][];
  vk_gamma_2: string[][];
  vk_delta_2: string[][];
  IC: string[][];
};

function g1Json(scalar: bigint): string[] {
  const { x, y } = bn254.G1.Point.BASE.multiply(scalar).toAffine();
  return [`${x}`, `${y}`, '1'];
}

function g2Json(scalar: bigint): string[][] {
  const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine();
  return [
    [`${x.c0}`, `${x.c1}`],
    [`${y.c0}`, `${y.c1}`],
    ['1', '0'],
  ];
}

/** Computed with noble, apart from snarkjs' curve: a fault in one shows as a refused proof. */
export function verificationKeyJson(key: KeyScalars): VerificationKeyJson {
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: key.publicSignals,
    vk_alpha_1: g1Json(key.alpha),
    vk_beta_2: g2Json(key.beta),
    vk_gamma_2: g2Json(1n),
    vk_delta_2: g2Json(key.delta),
    IC: key.inputs.map(g1Json),
  };
}
