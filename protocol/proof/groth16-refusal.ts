/**
 * Why a Groth16 proof, key or list of public signals is refused: a closed set. The order is the order in which the
 * checks run, so of several faults the earliest is named.
 */
export const GROTH16_REFUSALS = [
  'unknown-key', // no circuit of this network has that verification key
  'development-key', // the key's secrets are public and the caller accepts production keys only
  'malformed', // not a plain object, or a member is missing or unknown
  'wrong-protocol', // `protocol` is not "groth16"
  'wrong-curve', // `curve` is not "bn128", snarkjs' name of BN254
  'wrong-length', // an array of coordinates, key points or public signals has another length
  'not-canonical-decimal', // not a string of digits without sign, leading zero or blank, or longer than 78 digits
  'coordinate-out-of-range', // coordinate >= q
  'infinity', // the point at infinity, in snarkjs' spelling (z = 0) or EIP-197's (0, 0)
  'not-affine', // z is neither 0 nor 1
  'off-curve', // the coordinates do not satisfy the curve's equation
  'outside-subgroup', // on the twist but not in the subgroup of order r
  'weak-key', // two of beta, gamma, delta are equal up to sign: anyone can forge
  'public-out-of-range', // public signal >= r
  'pairing-mismatch', // all is well formed, and the proof is false
] as const;

export type Groth16Refusal = (typeof GROTH16_REFUSALS)[number];

export type Refused = { readonly ok: false; readonly code: Groth16Refusal };
export type Parsed<T> = { readonly ok: true; readonly value: T } | Refused;

export function refused(code: Groth16Refusal): Refused {
  return { ok: false, code };
}

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}
