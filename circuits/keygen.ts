import { FpInvertBatch } from '@noble/curves/abstract/modular.js';
import { bn254_Fr as Fr } from '@noble/curves/bn254.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { R1cs, Term } from './r1cs.ts';

/** A term of matrix A or B, as the prover needs it to evaluate both over the domain. */
export type Coefficient = {
  readonly matrix: 0 | 1;
  readonly constraint: number;
  readonly signal: number;
  readonly value: bigint;
};

/**
 * A Groth16 key pair as discrete logarithms (multiples of the generators), with gamma = 1 as snarkjs has it. `wires` of
 * a, b; one `inputs` for the constant and each public signal; one `privates` for each other wire; `domainSize` of h.
 */
export type KeyScalars = {
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly delta: bigint;
  readonly domainSize: number;
  readonly publicSignals: number;
  readonly a: readonly bigint[];
  readonly b: readonly bigint[];
  readonly inputs: readonly bigint[];
  readonly privates: readonly bigint[];
  readonly h: readonly bigint[];
  readonly coefficients: readonly Coefficient[];
};

// 5 generates the multiplicative group of the field; snarkjs derives its roots of unity from it as well.
const GENERATOR = 5n;

function secret(seed: string, label: string): bigint {
  // 512 bits reduced modulo a 254-bit prime: the bias is below 2^-256.
  const digest = sha512(utf8ToBytes(`${seed}/${label}`));
  const value = Fr.create(digest.reduce((integer, byte) => (integer << 8n) | BigInt(byte), 0n));
  if (value === 0n) {
    throw new Error(`the seed gives ${label} = 0`);
  }
  return value;
}

/** L_j(tau) for the n-th roots of unity w^j: w^j (tau^n - 1) / (n (tau - w^j)). */
function lagrangeAt(tau: bigint, size: number): bigint[] {
  const root = Fr.pow(GENERATOR, (Fr.ORDER - 1n) / BigInt(size));
  const powers = [1n];
  for (let index = 1; index < size; index++) {
    powers.push(Fr.mul(powers[index - 1] as bigint, root));
  }
  const vanishing = Fr.sub(Fr.pow(tau, BigInt(size)), 1n);
  if (vanishing === 0n) {
    throw new Error('tau is a root of unity');
  }
  const inverses = FpInvertBatch(
    Fr,
    powers.map((power) => Fr.mul(BigInt(size), Fr.sub(tau, power))),
  );
  return powers.map((power, index) => Fr.mul(Fr.mul(power, vanishing), inverses[index] as bigint));
}

/** Smallest power of two that holds the constraints and one row for the constant and each public signal. */
function domainSizeOf(r1cs: R1cs): number {
  const rows = r1cs.constraints.length + r1cs.publicSignals + 1;
  return 2 ** Math.ceil(Math.log2(rows));
}

type Polynomials = { a: bigint[]; b: bigint[]; c: bigint[]; coefficients: Coefficient[] };

/** The QAP's polynomials of every wire at tau, for the row values `basis`. */
function evaluateWires(r1cs: R1cs, basis: readonly bigint[]): Polynomials {
  const zeros = () => new Array<bigint>(r1cs.wires).fill(0n);
  const result: Polynomials = { a: zeros(), b: zeros(), c: zeros(), coefficients: [] };
  const addTerms = (sums: bigint[], terms: readonly Term[], row: number) => {
    for (const { wire, coefficient } of terms) {
      sums[wire] = Fr.add(sums[wire] as bigint, Fr.mul(coefficient, basis[row] as bigint));
    }
  };
  r1cs.constraints.forEach((constraint, row) => {
    addTerms(result.a, constraint.a, row);
    addTerms(result.b, constraint.b, row);
    addTerms(result.c, constraint.c, row);
    for (const [matrix, terms] of [[0, constraint.a] as const, [1, constraint.b] as const]) {
      result.coefficients.push(
        ...terms.map(({ wire, coefficient }) => ({ matrix, constraint: row, signal: wire, value: coefficient })),
      );
    }
  });
  // A row `signal * 0 = 0` for the constant and each public signal keeps their polynomials linearly independent, without
  // which a public signal could be changed under the same proof.
  for (let signal = 0; signal <= r1cs.publicSignals; signal++) {
    const row = r1cs.constraints.length + signal;
    addTerms(result.a, [{ wire: signal, coefficient: 1n }], row);
    result.coefficients.push({ matrix: 0, constraint: row, signal, value: 1n });
  }
  return result;
}

/**
 * Single-party Groth16 key generation (eprint 2016/260, section 3.2) from a seed. Whoever knows the seed can forge: for
 * development only. The same circuit and seed give the same key.
 */
export function generateKeyScalars(r1cs: R1cs, seed: string): KeyScalars {
  const [tau, alpha, beta, delta] = ['tau', 'alpha', 'beta', 'delta'].map((label) => secret(seed, label)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const domainSize = domainSizeOf(r1cs);
  const { a, b, c, coefficients } = evaluateWires(r1cs, lagrangeAt(tau, domainSize));
  const combined = a.map((value, wire) => Fr.create(beta * value + alpha * (b[wire] as bigint) + (c[wire] as bigint)));
  const overDelta = Fr.inv(delta);
  // snarkjs' prover gives the quotient by the values of A B - C on the odd 2n-th roots of unity (it is zero on the even
  // ones), so h holds the Lagrange basis of the doubled domain at those places.
  const h = lagrangeAt(tau, 2 * domainSize).filter((_, index) => index % 2 === 1);
  return {
    alpha,
    beta,
    delta,
    domainSize,
    publicSignals: r1cs.publicSignals,
    a,
    b,
    inputs: combined.slice(0, r1cs.publicSignals + 1),
    privates: combined.slice(r1cs.publicSignals + 1).map((value) => Fr.mul(value, overDelta)),
    h: h.map((value) => Fr.mul(value, overDelta)),
    coefficients,
  };
}
