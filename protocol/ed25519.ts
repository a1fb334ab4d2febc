/**
 * ed25519 with one verdict everywhere: the key is canonical and torsion-free, S < L, and R is recomputed as SB - kA and
 * compared as bytes. Libraries disagree on small-order and torsion points; this rule leaves them nothing to disagree on.
 * A host may inject a faster verifier (WebCrypto) behind `isUsableKey`: with a torsion-free A, the cofactorless equation
 * and the byte comparison of R are what RFC 8032 libraries compute.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { equalBytes } from './hash.ts';

const Point = ed25519.Point;
const ORDER = Point.Fn.ORDER;

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}

function usablePoint(publicKey: Uint8Array): InstanceType<typeof Point> | undefined {
  if (publicKey.length !== 32) return undefined;
  try {
    const point = Point.fromBytes(publicKey, false);
    if (!equalBytes(point.toBytes(), publicKey)) return undefined;
    return !point.is0() && point.isTorsionFree() ? point : undefined;
  } catch {
    return undefined;
  }
}

/** True for a canonical, torsion-free key that is not the identity. About one scalar multiplication: cache it. */
export function isUsableKey(publicKey: Uint8Array): boolean {
  return usablePoint(publicKey) !== undefined;
}

/** S < L: without it (R, S + L) would be a second signature of the same message. */
export function hasCanonicalScalar(signature: Uint8Array): boolean {
  return signature.length === 64 && littleEndian(signature.subarray(32)) < ORDER;
}

/** The reference verdict; 3-5 ms. */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = usablePoint(publicKey);
  if (!key || !hasCanonicalScalar(signature)) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  const k = littleEndian(sha512(concatBytes(r, publicKey, message))) % ORDER;
  const sB = s === 0n ? Point.ZERO : Point.BASE.multiply(s);
  const kA = k === 0n ? Point.ZERO : key.multiplyUnsafe(k);
  return equalBytes(sB.subtract(kA).toBytes(), r);
}

/** Signs with a 32-byte seed (RFC 8032: deterministic, no randomness needed). */
export function sign(secretSeed: Uint8Array, message: Uint8Array): Uint8Array {
  return ed25519.sign(message, secretSeed);
}

export function publicKeyOf(secretSeed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(secretSeed);
}

/** `evmClaim`: of a holder of the ERC20 token, by swap/verify.ts, which a host loads when it meets the first. */
export type SignatureScheme = 'ed25519' | 'evmClaim';

/**
 * What a host injects to check many signatures fast; must equal `verifySignature` on every input, and swap/verify.ts on those of
 * another scheme. One that does not know a scheme refuses it.
 */
export type VerifySignature = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  scheme?: SignatureScheme,
) => Promise<boolean> | boolean;
