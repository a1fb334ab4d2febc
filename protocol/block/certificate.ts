/**
 * Finality: signatures of a quorum of the 13 seats over one block. `CertifiedBlock` can only be made by `certify`, so
 * whatever takes one takes no uncertified block.
 */
import { concatBytes } from '@noble/hashes/utils.js';
import { bytes32, bytes64, type Decoded, decode, encode, struct, u8, u16, u32, u64, vec } from '../codec.ts';
import type { VerifySignature } from '../ed25519.ts';
import { SEATS, type Seat } from '../genesis.ts';
import { domain, equalBytes, type Hash } from '../hash.ts';

import { type Block, receiptRootOf, txRootOf } from './block.ts';
import { type BlockHeader, headerHash } from './header.ts';

/** floor(2n/3) + 1 of n = 13: nine. Any two quorums share a seat that does not lie while at most four do. */
export const QUORUM = Math.floor((2 * SEATS) / 3) + 1;
/** The step of the last vote; prevote (1) comes with the voting rounds. */
export const PRECOMMIT = 2;

const voteCodec = struct({ genesis: bytes32, epoch: u64, height: u64, round: u32, step: u8, block: bytes32 });

export function voteBytes(header: BlockHeader, block: Hash = headerHash(header)): Uint8Array {
  const { genesis, epoch, height, round } = header;
  return concatBytes(
    domain('HAI/vote/1'),
    encode(voteCodec, { genesis, epoch, height, round, step: PRECOMMIT, block }),
  );
}

const certificateCodec = struct({
  block: bytes32,
  round: u32,
  /** Bit i: seat i signed. */
  seats: u16,
  /** In seat order, one for each bit. */
  signatures: vec(bytes64, SEATS),
});
export type Certificate = Decoded<typeof certificateCodec>;
export const encodeCertificate = (certificate: Certificate): Uint8Array => encode(certificateCodec, certificate);
export const decodeCertificate = (bytes: Uint8Array): Certificate => decode(certificateCodec, bytes);

export interface Vote {
  readonly seat: number;
  readonly signature: Uint8Array;
}

export function certificateOf(header: BlockHeader, votes: readonly Vote[]): Certificate {
  const ordered = [...votes].sort((a, b) => a.seat - b.seat);
  return {
    block: headerHash(header),
    round: header.round,
    seats: ordered.reduce((bits, vote) => bits | (1 << vote.seat), 0),
    signatures: ordered.map((vote) => vote.signature),
  };
}

/** Why a certificate does not make a header final, or undefined. Every listed signature must verify: none rides along. */
export async function certificateFault(
  header: BlockHeader,
  certificate: Certificate,
  seats: readonly Seat[],
  verify: VerifySignature,
): Promise<string | undefined> {
  const block = headerHash(header);
  if (!equalBytes(certificate.block, block)) return 'the certificate is for another block';
  if (certificate.round !== header.round) return 'the certificate is for another round';
  if (certificate.seats >> SEATS !== 0) return 'a seat that does not exist';
  const signers = seats.filter((_, i) => (certificate.seats >> i) & 1);
  if (signers.length !== certificate.signatures.length) return 'signatures and seats differ in number';
  if (signers.length < QUORUM) return `${signers.length} signatures, ${QUORUM} needed`;
  const message = voteBytes(header, block);
  const verdicts = await Promise.all(
    signers.map((seat, i) => verify(seat.key, message, certificate.signatures[i] as Uint8Array)),
  );
  return verdicts.every(Boolean) ? undefined : 'a signature does not verify';
}

/** The same certificate with just a quorum of its signatures, the lowest seats: what a receipt needs to carry. */
export function quorumOf(certificate: Certificate): Certificate {
  let kept = 0;
  let seats = 0;
  for (let seat = 0; seat < SEATS && kept < QUORUM; seat++) {
    if (((certificate.seats >> seat) & 1) === 0) continue;
    seats |= 1 << seat;
    kept++;
  }
  return { ...certificate, seats, signatures: certificate.signatures.slice(0, kept) };
}

const certified: unique symbol = Symbol('certified');
export interface CertifiedBlock {
  readonly block: Block;
  readonly hash: Hash;
  readonly certificate: Certificate;
  readonly [certified]: true;
}

/** The one way to a CertifiedBlock. Checks the certificate, and that the body is the one that the header commits to. */
export async function certify(
  block: Block,
  certificate: Certificate,
  seats: readonly Seat[],
  verify: VerifySignature,
): Promise<CertifiedBlock | string> {
  const { header, body } = block;
  if (header.txCount !== body.transactions.length || body.outcomes.length !== body.transactions.length) {
    return 'the body has another number of transactions';
  }
  if (!equalBytes(header.txRoot, txRootOf(body.transactions))) return 'the body is not the one in the header';
  if (!equalBytes(header.receiptRoot, receiptRootOf(body.outcomes))) return 'the outcomes are not those in the header';
  const fault = await certificateFault(header, certificate, seats, verify);
  return fault ?? { block, hash: headerHash(header), certificate, [certified]: true };
}
