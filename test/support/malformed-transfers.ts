/**
 * Transfers that are wrong in one way each, and the code that refuses them, at the API as in the transition. The rest of each is
 * right: it would be taken without its fault.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { sign } from '../../protocol/ed25519.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { domain } from '../../protocol/hash.ts';
import { requestBytes } from '../../protocol/request-auth.ts';
import {
  EXPIRY_HORIZON_BLOCKS,
  encodeTransaction,
  parseTransaction,
  signingBytes,
  type Transaction,
  TX_BYTES_MAX,
  type UnsignedTransaction,
} from '../../protocol/tx/envelope.ts';
import { encodeTransfer, type Transfer } from '../../protocol/tx/transfer.ts';
import { RESERVED_TX_TYPES } from '../../protocol/tx/types.ts';
import { type BlockHeight, SUPPLY_ZHI, type Zhi } from '../../protocol/units.ts';
import type { KeyPair } from './keys.ts';
import { signedTransaction, type TestNetwork, testNetwork } from './network.ts';

export interface Right {
  readonly network: TestNetwork;
  readonly by: KeyPair;
  /** The sender's next, and at least 1. */
  readonly nonce: bigint;
  readonly to: Uint8Array;
  /** Of the next block. */
  readonly height: bigint;
}

type Make = (right: Right) => Uint8Array;
export type Malformed = readonly [name: string, code: ErrorCode, make: Make];

const U64_MAX = (1n << 64n) - 1n;
/** Of an honest transfer's encoding: version, chain, type, sender, nonce, expiry and fee stand before the body's length. */
const BODY_LENGTH_AT = 1 + 8 + 1 + 32 + 8 + 8 + 8;
/** A point of order 8. */
const TORSION = ed25519.Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');

const amount = (amountZhi: bigint, change: Partial<Transfer> = {}) => ({
  amountZhi: amountZhi as Zhi,
  homeRegion: 3,
  ...change,
});

function transfer(right: Right, change: Partial<UnsignedTransaction> = {}, moved = amount(1n)): Uint8Array {
  const { network, by, nonce, to } = right;
  return signedTransaction(network, { by, type: 'transfer', nonce, body: encodeTransfer({ to, ...moved }), change });
}

export const rightTransfer: Make = (right) => transfer(right);

/** The encoding with some of its bytes replaced. */
function spliced(bytes: Uint8Array, at: number, removed: number, put: readonly number[]): Uint8Array {
  return concatBytes(bytes.subarray(0, at), Uint8Array.from(put), bytes.subarray(at + removed));
}

function decoded(right: Right, change: Partial<UnsignedTransaction> = {}): Transaction {
  const parsed = parseTransaction(transfer(right, change), right.network.hash);
  if (!parsed.ok) throw new Error(parsed.code);
  return parsed.value;
}

/** Signed over other bytes than a transaction's. */
const signedOver =
  (bytesOf: (right: Right, tx: UnsignedTransaction) => Uint8Array): Make =>
  (right) => {
    const tx = decoded(right);
    return encodeTransaction({ ...tx, signature: sign(right.by.seed, bytesOf(right, tx)) });
  };

/** What is signed under `HAI/tx/1`, less its domain. */
const withoutDomain = (right: Right, tx: UnsignedTransaction): Uint8Array =>
  signingBytes(right.network.hash, tx).subarray(domain('HAI/tx/1').length);

const underDomain = (tag: string) => signedOver((right, tx) => concatBytes(domain(tag), withoutDomain(right, tx)));

const withSignature =
  (change: (signature: Uint8Array) => Uint8Array): Make =>
  (right) => {
    const tx = decoded(right);
    return encodeTransaction({ ...tx, signature: change(tx.signature) });
  };

function plusOrder(signature: Uint8Array): Uint8Array {
  let sum = signature.subarray(32).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  sum += ed25519.Point.Fn.ORDER;
  return Uint8Array.from(signature, (byte, i) => (i < 32 ? byte : Number((sum >> BigInt(8 * (i - 32))) & 0xffn)));
}

const plusTorsion = (point: Uint8Array): Uint8Array => ed25519.Point.fromBytes(point).add(TORSION).toBytes();
const flippedAt = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
const other = testNetwork('another');

const BYTES: readonly Malformed[] = [
  ['no bytes', 'tx_malformed', () => new Uint8Array(0)],
  ['a spare byte', 'tx_malformed', (right) => Uint8Array.of(...rightTransfer(right), 0)],
  ['a byte too few', 'tx_malformed', (right) => rightTransfer(right).subarray(0, -1)],
  [
    'a length in two bytes where one does',
    'tx_malformed',
    (right) => spliced(rightTransfer(right), BODY_LENGTH_AT, 1, [0xa9, 0]),
  ],
  [
    'a length without an end',
    'tx_malformed',
    (right) => spliced(rightTransfer(right), BODY_LENGTH_AT, 1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
  ],
  ['a length beyond the end', 'tx_malformed', (right) => spliced(rightTransfer(right), BODY_LENGTH_AT, 1, [0x7f])],
  [
    'a body with a spare byte',
    'tx_malformed',
    (right) => transfer(right, { body: Uint8Array.of(...encodeTransfer({ to: right.to, ...amount(1n) }), 0) }),
  ],
  ['no body', 'tx_malformed', (right) => transfer(right, { body: new Uint8Array(0) })],
  ['4 KB and one byte', 'tx_too_large', () => new Uint8Array(TX_BYTES_MAX + 1)],
  ['4 KB of zeros', 'tx_malformed', () => new Uint8Array(TX_BYTES_MAX)],
  ['another version', 'tx_malformed', (right) => transfer(right, { version: 0 })],
  ['a type that is not there', 'tx_malformed', (right) => transfer(right, { type: 255 })],
  [
    'a reserved type',
    'tx_type_reserved',
    (right) => transfer(right, { type: Number(Object.keys(RESERVED_TX_TYPES)[0]) }),
  ],
];

const SIGNATURES: readonly Malformed[] = [
  ['another chain', 'wrong_chain', (right) => transfer({ ...right, network: other })],
  [
    'signed for another network of the same short id',
    'bad_signature',
    signedOver((_, tx) => signingBytes(other.hash, tx)),
  ],
  ['signed without a domain', 'bad_signature', signedOver(withoutDomain)],
  ['signed as a vote', 'bad_signature', underDomain('HAI/vote/1')],
  ['signed as an acceptance', 'bad_signature', underDomain('HAI/accept/1')],
  [
    'signed as a request',
    'bad_signature',
    signedOver(({ network }) =>
      requestBytes(network.hash, {
        method: 'POST',
        path: '/v1/transactions',
        expiresMs: 1n,
        bodyHash: new Uint8Array(32),
      }),
    ),
  ],
  [
    'the signature of its predecessor',
    'bad_signature',
    (right) => {
      const before = decoded({ ...right, nonce: right.nonce - 1n });
      return encodeTransaction({ ...decoded(right), signature: before.signature });
    },
  ],
  [
    'an amount changed after signing',
    'bad_signature',
    (right) => {
      const tx = decoded(right);
      return encodeTransaction({ ...tx, body: encodeTransfer({ to: right.to, ...amount(2n) }) });
    },
  ],
  [
    'signed by another',
    'bad_signature',
    (right) => transfer({ ...right, by: { ...right.by, seed: new Uint8Array(32) } }),
  ],
  ['a signature of zeros', 'bad_signature', withSignature(() => new Uint8Array(64))],
  ['a bit of R flipped', 'bad_signature', withSignature((signature) => flippedAt(signature, 0))],
  ['a bit of S flipped', 'bad_signature', withSignature((signature) => flippedAt(signature, 63))],
  ['S + L', 'bad_signature', withSignature(plusOrder)],
  [
    'R with torsion',
    'bad_signature',
    withSignature((signature) => concatBytes(plusTorsion(signature.subarray(0, 32)), signature.subarray(32))),
  ],
  ['a sender with torsion', 'bad_signature', (right) => transfer(right, { sender: plusTorsion(right.by.key) })],
  // (identity, 0) verifies any message under the identity, for whoever takes such a key.
  [
    'a sender of small order',
    'bad_signature',
    (right) => {
      const identity = ed25519.Point.ZERO.toBytes();
      return encodeTransaction({
        ...decoded(right, { sender: identity }),
        signature: concatBytes(identity, new Uint8Array(32)),
      });
    },
  ],
];

const ENVELOPES: readonly Malformed[] = [
  ['a used nonce', 'nonce_used', (right) => transfer({ ...right, nonce: right.nonce - 1n })],
  ['a gap in the nonces', 'nonce_gap', (right) => transfer({ ...right, nonce: right.nonce + 1n })],
  ['the last nonce that there is', 'nonce_gap', (right) => transfer({ ...right, nonce: U64_MAX })],
  [
    'an expiry that is past',
    'tx_expired',
    (right) => transfer(right, { expiryHeight: (right.height - 1n) as BlockHeight }),
  ],
  [
    'an expiry beyond the horizon',
    'expiry_too_far',
    (right) => transfer(right, { expiryHeight: (right.height + EXPIRY_HORIZON_BLOCKS + 1_000n) as BlockHeight }),
  ],
  [
    'the furthest expiry there is',
    'expiry_too_far',
    (right) => transfer(right, { expiryHeight: U64_MAX as BlockHeight }),
  ],
  ['no fee', 'fee_too_low', (right) => transfer(right, { feeZhi: 0n as Zhi })],
  ['a fee of 2^63', 'insufficient_balance', (right) => transfer(right, { feeZhi: (1n << 63n) as Zhi })],
];

/** These are sealed where a block's builder is given them, and use up nonce and fee; an intake refuses them. */
export const MALFORMED_AMOUNTS: readonly Malformed[] = [
  ['an amount of 0', 'amount_out_of_range', (right) => transfer(right, {}, amount(0n))],
  ['an amount of supply + 1', 'amount_out_of_range', (right) => transfer(right, {}, amount(SUPPLY_ZHI + 1n))],
  ['an amount of 2^63', 'amount_out_of_range', (right) => transfer(right, {}, amount(1n << 63n))],
  ['an amount of -1, as two’s complement', 'amount_out_of_range', (right) => transfer(right, {}, amount(U64_MAX))],
  ['all that there is', 'insufficient_balance', (right) => transfer(right, {}, amount(SUPPLY_ZHI))],
  ['a home that is not there', 'invalid_field', (right) => transfer(right, {}, amount(1n, { homeRegion: 255 }))],
];

export const MALFORMED: readonly Malformed[] = [...BYTES, ...SIGNATURES, ...ENVELOPES];
