/**
 * Web3 Secret Storage, version 3: a 32-byte secret under a passphrase. scrypt -> 32 bytes; AES-128-CTR under the first 16;
 * mac = keccak256(bytes 16..31 || ciphertext). Source: ethereum.org, Web3 Secret Storage Definition. Wallets of that family
 * open the file; its secret is our ed25519 seed, and `address` ours (hai1...).
 */
import { createCipheriv, createDecipheriv, randomBytes, randomUUID, scrypt } from 'node:crypto';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { equalBytes } from '../../protocol/hash.ts';
import { ACCOUNT_SEED_BYTES } from '../sdk/account.ts';
import { Refusal } from './exit-codes.ts';

export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}
/** The format's own standard: 256 MiB and about a second. */
export const STANDARD_COST: ScryptCost = { n: 262_144, r: 8, p: 1 };
/** A file from elsewhere may not make us take more than this: scrypt needs 128 n r bytes, p times one after the other. */
const SCRYPT_BYTES_MAX = 512 * 1024 * 1024;
const SCRYPT_P_MAX = 16;
const DERIVED_BYTES = 32;

export interface Keystore {
  readonly version: 3;
  readonly id: string;
  readonly address?: string;
  readonly crypto: {
    readonly cipher: 'aes-128-ctr';
    readonly cipherparams: { readonly iv: string };
    readonly ciphertext: string;
    readonly kdf: 'scrypt';
    readonly kdfparams: ScryptCost & { readonly dklen: number; readonly salt: string };
    readonly mac: string;
  };
}

/** OpenSSL refuses N of 2^(16 r) and more, as RFC 7914 words it; widespread keystores with r = 1 are beyond that. */
const isTakenByOpenssl = ({ n, r }: ScryptCost): boolean => Math.log2(n) < 16 * r;

function derive(passphrase: string, salt: Uint8Array, cost: ScryptCost): Promise<Uint8Array> {
  const options = { N: cost.n, r: cost.r, p: cost.p, maxmem: 2 * SCRYPT_BYTES_MAX };
  // One passphrase, one spelling: the same letters typed on two systems may differ in their code points.
  const password = passphrase.normalize('NFKC');
  if (!isTakenByOpenssl(cost)) return scryptAsync(password, salt, { ...options, dkLen: DERIVED_BYTES });
  return new Promise((resolve, reject) => {
    scrypt(password, salt, DERIVED_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(Uint8Array.from(key)),
    );
  });
}

const macOf = (derived: Uint8Array, ciphertext: Uint8Array): Uint8Array =>
  keccak_256(concatBytes(derived.subarray(16, 32), ciphertext));

export async function sealKeystore(
  secret: Uint8Array,
  passphrase: string,
  address: string,
  cost: ScryptCost = STANDARD_COST,
): Promise<Keystore> {
  const salt = Uint8Array.from(randomBytes(32));
  const iv = Uint8Array.from(randomBytes(16));
  const derived = await derive(passphrase, salt, cost);
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
  const ciphertext = concatBytes(Uint8Array.from(cipher.update(secret)), Uint8Array.from(cipher.final()));
  return {
    version: 3,
    id: randomUUID(),
    address,
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: bytesToHex(iv) },
      ciphertext: bytesToHex(ciphertext),
      kdf: 'scrypt',
      kdfparams: { dklen: DERIVED_BYTES, ...cost, salt: bytesToHex(salt) },
      mac: bytesToHex(macOf(derived, ciphertext)),
    },
  };
}

/** The secret. Refuses a wrong passphrase; a wrong mac and a wrong passphrase can't be told apart. */
export async function openKeystore(keystore: Keystore, passphrase: string): Promise<Uint8Array> {
  const { cipherparams, ciphertext, kdfparams, mac } = keystore.crypto;
  const derived = await derive(passphrase, hexToBytes(kdfparams.salt), kdfparams);
  const sealed = hexToBytes(ciphertext);
  if (!equalBytes(macOf(derived, sealed), hexToBytes(mac)))
    throw new Refusal('the passphrase does not open the keystore');
  const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), hexToBytes(cipherparams.iv));
  return concatBytes(Uint8Array.from(decipher.update(sealed)), Uint8Array.from(decipher.final()));
}

const isHex = (value: unknown, bytes: number): value is string =>
  typeof value === 'string' && value.length === bytes * 2 && /^[0-9a-f]*$/.test(value);

const isCost = ({ n, r, p }: Partial<ScryptCost>): boolean =>
  [n, r, p].every((value) => Number.isInteger(value) && (value as number) >= 1) &&
  Number.isInteger(Math.log2(n as number)) &&
  128 * (n as number) * (r as number) <= SCRYPT_BYTES_MAX &&
  (p as number) <= SCRYPT_P_MAX;

/** A keystore of the one kind that is written here; refuses others by name. */
export function parseKeystore(text: string): Keystore {
  let file: Partial<Keystore> | null;
  try {
    file = JSON.parse(text) as Partial<Keystore> | null;
  } catch {
    throw new Refusal('the keystore is not JSON');
  }
  if (file?.version !== 3) throw new Refusal('the keystore is not Web3 Secret Storage version 3');
  const crypto = (file.crypto ?? {}) as Partial<Keystore['crypto']>;
  if (crypto.kdf !== 'scrypt' || crypto.cipher !== 'aes-128-ctr') {
    throw new Refusal('the keystore is not of the scrypt and aes-128-ctr kind');
  }
  const kdfparams = (crypto.kdfparams ?? {}) as Partial<Keystore['crypto']['kdfparams']>;
  if (!isCost(kdfparams) || kdfparams.dklen !== DERIVED_BYTES)
    throw new Refusal("the keystore's scrypt cost is out of range");
  const salt = kdfparams.salt;
  const isWhole =
    isHex(crypto.cipherparams?.iv, 16) &&
    isHex(crypto.ciphertext, ACCOUNT_SEED_BYTES) &&
    isHex(crypto.mac, 32) &&
    typeof salt === 'string' &&
    isHex(salt, Math.floor(salt.length / 2));
  if (!isWhole) throw new Refusal('the keystore is damaged');
  return file as Keystore;
}
