import {
  type Groth16Verdict,
  parseProof,
  parseVerificationKey,
  type VerificationKey,
  verifyGroth16,
} from './groth16.ts';
import { CIRCUIT_KEYS, type CircuitKey } from './groth16-keys.ts';
import { refused } from './groth16-refusal.ts';

export type KnownProof = {
  /** Lower-case hex of `verificationKeyId`. */
  readonly verificationKeyId: string;
  /** Unchecked JSON in snarkjs' form. */
  readonly proof: unknown;
  /** Unchecked JSON: canonical decimal strings. */
  readonly publicSignals: unknown;
};

export type KeyPolicy = {
  /** Development keys are derived from a public seed, so anyone can forge under them. Production passes false. */
  readonly allowDevelopmentKeys: boolean;
};

/** The circuit to which a key belongs, or undefined. */
export function findCircuitKey(verificationKeyId: string): CircuitKey | undefined {
  return CIRCUIT_KEYS.find((entry) => entry.id === verificationKeyId);
}

// A key is parsed once: its three subgroup checks cost as much as a pairing. The parse is a function of the key alone.
// Wider tables save little and cost the first verification of an isolate: 8 bits take 115 ms to fill, 4 bits 20 ms.
const INPUT_WINDOW_BITS = 4;
const parsedKeys = new Map<string, VerificationKey>();

function keyOf(entry: CircuitKey): VerificationKey {
  const cached = parsedKeys.get(entry.id);
  if (cached !== undefined) {
    return cached;
  }
  const key = parseVerificationKey(entry.verificationKey);
  if (!key.ok) {
    throw new Error(`the committed key of ${entry.circuit} is refused: ${key.code}`);
  }
  for (const input of key.value.inputs) {
    // Tables of multiples, filled on first use: a public signal then costs a quarter of its scalar multiplication.
    input.precompute(INPUT_WINDOW_BITS);
  }
  parsedKeys.set(entry.id, key.value);
  return key.value;
}

/** Verifies a proof under a key that this network knows. The verdict says nothing about whose commitments they are. */
export function verifyKnownProof(claim: KnownProof, policy: KeyPolicy): Groth16Verdict {
  const entry = findCircuitKey(claim.verificationKeyId);
  if (entry === undefined) {
    return refused('unknown-key');
  }
  if (entry.development && !policy.allowDevelopmentKeys) {
    return refused('development-key');
  }
  const proof = parseProof(claim.proof);
  return proof.ok ? verifyGroth16(keyOf(entry), proof.value, claim.publicSignals) : proof;
}
