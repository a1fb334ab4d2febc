import { bn254_Fr as Fr } from '@noble/curves/bn254.js';
import { BinaryReader, readSections } from './binary.ts';

export type Term = { readonly wire: number; readonly coefficient: bigint };
/** The constraint a * b = c over the wires; wire 0 is the constant 1. */
export type Constraint = { readonly a: readonly Term[]; readonly b: readonly Term[]; readonly c: readonly Term[] };
export type R1cs = {
  readonly wires: number;
  /** Public outputs and inputs: wires 1..publicSignals. */
  readonly publicSignals: number;
  readonly constraints: readonly Constraint[];
};

const HEADER_SECTION = 1;
const CONSTRAINT_SECTION = 2;

function section(sections: ReadonlyMap<number, Uint8Array>, type: number): BinaryReader {
  const bytes = sections.get(type);
  if (bytes === undefined) {
    throw new Error(`the r1cs file has no section ${type}`);
  }
  return new BinaryReader(bytes);
}

function readTerms(reader: BinaryReader): Term[] {
  return Array.from({ length: reader.u32() }, () => ({ wire: reader.u32(), coefficient: reader.integer(Fr.BYTES) }));
}

/** Reads circom's r1cs file (https://github.com/iden3/r1csfile/blob/master/doc/r1cs_bin_format.md). */
export function readR1cs(bytes: Uint8Array): R1cs {
  const sections = readSections(bytes, 'r1cs');
  const header = section(sections, HEADER_SECTION);
  const fieldBytes = header.u32();
  if (fieldBytes !== Fr.BYTES || header.integer(fieldBytes) !== Fr.ORDER) {
    throw new Error('the r1cs file is over another field than BN254');
  }
  const wires = header.u32();
  const outputs = header.u32();
  const publicInputs = header.u32();
  header.u32(); // private inputs
  header.u64(); // labels
  const count = header.u32();
  const reader = section(sections, CONSTRAINT_SECTION);
  const constraints = Array.from({ length: count }, () => ({
    a: readTerms(reader),
    b: readTerms(reader),
    c: readTerms(reader),
  }));
  return { wires, publicSignals: outputs + publicInputs, constraints };
}

function evaluate(terms: readonly Term[], witness: readonly bigint[]): bigint {
  return terms.reduce((sum, term) => {
    const value = witness[term.wire];
    if (value === undefined) {
      throw new RangeError(`the witness has no wire ${term.wire}`);
    }
    return sum + term.coefficient * value;
  }, 0n);
}

/** True when the witness satisfies the constraint; witness values may be any integers and count modulo r. */
export function holds(constraint: Constraint, witness: readonly bigint[]): boolean {
  const [a, b, c] = [constraint.a, constraint.b, constraint.c].map((terms) => evaluate(terms, witness)) as [
    bigint,
    bigint,
    bigint,
  ];
  return Fr.create(a * b - c) === 0n;
}
