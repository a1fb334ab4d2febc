import { bn254 } from '@noble/curves/bn254.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { taggedHash } from '../hash.ts';
import {
  equalUpToSign,
  type G1Point,
  type G2Point,
  g1Bytes,
  g2Bytes,
  parseG1,
  parseG2,
  parsePublicSignal,
} from './groth16-points.ts';
import { type Parsed, parsed, type Refused, refused } from './groth16-refusal.ts';

/** A proof whose points lie in their groups and are not infinity; it may still be false. */
export type Groth16Proof = { readonly a: G1Point; readonly b: G2Point; readonly c: G1Point };

/** A verification key whose points lie in their groups; `inputs` holds one point for 1 and one for each public signal. */
export type VerificationKey = {
  readonly alpha: G1Point;
  readonly beta: G2Point;
  readonly gamma: G2Point;
  readonly delta: G2Point;
  readonly inputs: readonly G1Point[];
};

export type Groth16Verdict = { readonly ok: true } | Refused;

/** Public signals of one circuit. Each costs a scalar multiplication, so that a key cannot buy unbounded work. */
export const PUBLIC_SIGNALS_MAX = 64;

const PROOF_MEMBERS = ['curve', 'pi_a', 'pi_b', 'pi_c', 'protocol'] as const;
const KEY_MEMBERS = [
  'IC',
  'curve',
  'nPublic',
  'protocol',
  'vk_alpha_1',
  'vk_beta_2',
  'vk_delta_2',
  'vk_gamma_2',
] as const;
// snarkjs adds e(alpha, beta) to its keys. It follows from the rest, so it is neither read nor hashed.
const KEY_MEMBERS_IGNORED: ReadonlySet<string> = new Set(['vk_alphabeta_12']);

type Members<Name extends string> = { readonly [name in Name]: unknown };

function parseMembers<Name extends string>(
  json: unknown,
  names: readonly Name[],
  ignored?: ReadonlySet<string>,
): Parsed<Members<Name>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return refused('malformed');
  }
  const known: readonly string[] = names;
  const present = Object.keys(json).filter((name) => !ignored?.has(name));
  const complete = present.length === known.length && present.every((name) => known.includes(name));
  return complete ? parsed(json as Members<Name>) : refused('malformed');
}

function parseHeader(members: Members<'protocol' | 'curve'>): Groth16Verdict {
  if (members.protocol !== 'groth16') {
    return refused('wrong-protocol');
  }
  return members.curve === 'bn128' ? { ok: true } : refused('wrong-curve');
}

/** Reads a proof in the JSON of snarkjs (`pi_a`, `pi_b`, `pi_c`, `protocol`, `curve`). Never throws. */
export function parseProof(json: unknown): Parsed<Groth16Proof> {
  const members = parseMembers(json, PROOF_MEMBERS);
  if (!members.ok) {
    return members;
  }
  const header = parseHeader(members.value);
  if (!header.ok) {
    return header;
  }
  const a = parseG1(members.value.pi_a);
  if (!a.ok) {
    return a;
  }
  const b = parseG2(members.value.pi_b);
  if (!b.ok) {
    return b;
  }
  const c = parseG1(members.value.pi_c);
  return c.ok ? parsed({ a: a.value, b: b.value, c: c.value }) : c;
}

function parseInputs(json: unknown, publicCount: unknown): Parsed<G1Point[]> {
  if (typeof publicCount !== 'number' || !Number.isInteger(publicCount)) {
    return refused('malformed');
  }
  if (publicCount < 1 || publicCount > PUBLIC_SIGNALS_MAX || !Array.isArray(json) || json.length !== publicCount + 1) {
    return refused('wrong-length');
  }
  const inputs: G1Point[] = [];
  for (const entry of json) {
    // An input point at infinity would leave its public signal unbound; parseG1 refuses it.
    const point = parseG1(entry);
    if (!point.ok) {
      return point;
    }
    inputs.push(point.value);
  }
  return parsed(inputs);
}

/** Reads a verification key in the JSON of snarkjs and refuses keys under which anyone can forge. Never throws. */
export function parseVerificationKey(json: unknown): Parsed<VerificationKey> {
  const members = parseMembers(json, KEY_MEMBERS, KEY_MEMBERS_IGNORED);
  if (!members.ok) {
    return members;
  }
  const header = parseHeader(members.value);
  if (!header.ok) {
    return header;
  }
  const alpha = parseG1(members.value.vk_alpha_1);
  if (!alpha.ok) {
    return alpha;
  }
  const twistPoints: G2Point[] = [];
  for (const name of ['vk_beta_2', 'vk_gamma_2', 'vk_delta_2'] as const) {
    const point = parseG2(members.value[name]);
    if (!point.ok) {
      return point;
    }
    twistPoints.push(point.value);
  }
  const [beta, gamma, delta] = twistPoints as [G2Point, G2Point, G2Point];
  // gamma = delta is what snarkjs leaves before phase 2: C = -(sum of inputs) cancels every public signal, so A = alpha,
  // B = beta prove anything. The same algebra serves a forger for any two of the three, and for a changed sign.
  if (equalUpToSign(gamma, delta) || equalUpToSign(beta, gamma) || equalUpToSign(beta, delta)) {
    return refused('weak-key');
  }
  const inputs = parseInputs(members.value.IC, members.value.nPublic);
  return inputs.ok ? parsed({ alpha: alpha.value, beta, gamma, delta, inputs: inputs.value }) : inputs;
}

/** Tagged hash, in hex, of the key's canonical bytes: independent of JSON spelling, member order, ignored members. */
export function verificationKeyId(key: VerificationKey): string {
  const parts = [
    g1Bytes(key.alpha),
    g2Bytes(key.beta),
    g2Bytes(key.gamma),
    g2Bytes(key.delta),
    // All parts before are of fixed length and each input is 64 bytes, so the concatenation is unambiguous.
    ...key.inputs.map(g1Bytes),
  ];
  return bytesToHex(taggedHash('hai/groth16/verification-key/v1', ...parts));
}

function parsePublicSignals(json: unknown, count: number): Parsed<bigint[]> {
  if (!Array.isArray(json) || json.length !== count) {
    return refused('wrong-length');
  }
  const signals: bigint[] = [];
  for (const entry of json) {
    const signal = parsePublicSignal(entry);
    if (!signal.ok) {
      return signal;
    }
    signals.push(signal.value);
  }
  return parsed(signals);
}

/**
 * Checks e(A, B) = e(alpha, beta) e(L, gamma) e(C, delta), where L = inputs[0] + sum of signal[i] inputs[i + 1]
 * (Groth 2016, eprint 2016/260). A valid proof can be re-randomised by anyone into another valid proof of the same
 * statement: never use a proof's bytes as an id or a nullifier.
 *
 * @param publicSignals canonical decimal strings below r, as many as the key has inputs less one; unchecked JSON is fine
 */
export function verifyGroth16(key: VerificationKey, proof: Groth16Proof, publicSignals: unknown): Groth16Verdict {
  const signals = parsePublicSignals(publicSignals, key.inputs.length - 1);
  if (!signals.ok) {
    return signals;
  }
  const [constant, ...inputs] = key.inputs as [G1Point, ...G1Point[]];
  const sum = signals.value.reduce(
    (accumulated, signal, index) => accumulated.add((inputs[index] as G1Point).multiplyUnsafe(signal)),
    constant,
  );
  const pairs = [
    { g1: proof.a.negate(), g2: proof.b },
    { g1: key.alpha, g2: key.beta },
    { g1: sum, g2: key.gamma },
    { g1: proof.c, g2: key.delta },
  ];
  // Whoever knows a key's secrets can choose signals whose sum is infinity. Its pairing is 1; noble throws on it.
  const product = bn254.pairingBatch(pairs.filter((pair) => !pair.g1.is0()));
  return bn254.fields.Fp12.eql(product, bn254.fields.Fp12.ONE) ? { ok: true } : refused('pairing-mismatch');
}
