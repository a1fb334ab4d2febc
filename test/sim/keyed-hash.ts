/**
 * Stands in for ed25519 in the simulator, by the loader's redirection of protocol/ed25519.ts and sealing/signatures.ts: a hash
 * of public key and message, some thousand times faster. Anyone could forge it, and nobody in a run does; the real scheme has
 * tests and vectors of its own. It also shows every signature that is given to whoever watches.
 */
import { hash } from 'node:crypto';
import { concatBytes } from '@noble/hashes/utils.js';
import { equalBytes } from '../../protocol/hash.ts';

const digest = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(hash('sha256', concatBytes(...parts), 'buffer'));
const KEY = Uint8Array.of(1);
const UPPER = Uint8Array.of(2);

type Watch = (publicKey: Uint8Array, message: Uint8Array) => void;
let watch: Watch = () => undefined;
export function watchSignatures(seen: Watch): void {
  watch = seen;
}

export type VerifySignature = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  scheme?: string,
) => boolean | Promise<boolean>;

const signatureOf = (publicKey: Uint8Array, message: Uint8Array): Uint8Array => {
  const lower = digest(publicKey, message);
  return concatBytes(lower, digest(UPPER, lower));
};

export const publicKeyOf = (seed: Uint8Array): Uint8Array => digest(KEY, seed);

export function sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  const publicKey = publicKeyOf(seed);
  watch(publicKey, message);
  return signatureOf(publicKey, message);
}

/** Of a key that the run itself holds: nobody hears of it. */
export const signUnseen = (seed: Uint8Array, message: Uint8Array): Uint8Array =>
  signatureOf(publicKeyOf(seed), message);

export const verifySignature = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean =>
  equalBytes(signatureOf(publicKey, message), signature);

export const isUsableKey = (publicKey: Uint8Array): boolean => publicKey.length === 32;
export const hasCanonicalScalar = (signature: Uint8Array): boolean => signature.length === 64;

export const signFast = async (seed: Uint8Array, message: Uint8Array): Promise<Uint8Array> => sign(seed, message);
/** Of a holder of the token, in the length that a claim has. */
export const holderSignature = (holder: Uint8Array, message: Uint8Array): Uint8Array =>
  concatBytes(signatureOf(holder, message), KEY);

export const verifyFast = (key: Uint8Array, message: Uint8Array, signature: Uint8Array, scheme?: string): boolean =>
  scheme === 'evmClaim'
    ? equalBytes(holderSignature(key, message), signature)
    : verifySignature(key, message, signature);
