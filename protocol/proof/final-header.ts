/**
 * The one way from bytes of a header and a certificate to a header that is known to be final: what every other proof hangs on.
 * Pure: the signature check is injected.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { type Certificate, certificateFault, decodeCertificate } from '../block/certificate.ts';
import { BLOCK_VERSION, type BlockHeader, decodeHeader, headerHash } from '../block/header.ts';
import { BLOCK_TIME_MS_MAX } from '../block/link.ts';
import { CodecError } from '../codec.ts';
import type { VerifySignature } from '../ed25519.ts';
import type { Failure, Result } from '../errors.ts';
import { decodeGenesis, electionRoot, type Genesis, genesisHash } from '../genesis.ts';
import { equalBytes, type Hash } from '../hash.ts';
import { fail, ok } from '../result.ts';
import { SUPPLY_ZHI } from '../units.ts';

/** A genesis under the hash that its reader pinned. */
export interface PinnedNetwork {
  readonly genesis: Genesis;
  readonly hash: Hash;
}

/**
 * The genesis in `bytes`, if it has the pinned hash. `genesis_invalid`: not canonical, or no network can start from it;
 * `foreign_network`: another network's.
 */
export function pinGenesis(bytes: Uint8Array, pinned: Hash): Result<PinnedNetwork> {
  let genesis: Genesis;
  try {
    genesis = decodeGenesis(bytes);
  } catch (error) {
    if (error instanceof CodecError || error instanceof RangeError) return fail('genesis_invalid', error.message);
    throw error;
  }
  const hash = genesisHash(genesis);
  if (!equalBytes(hash, pinned)) return fail('foreign_network', `genesis ${bytesToHex(hash)}`);
  return ok({ genesis, hash });
}

export type Regime = BlockHeader['regime'];

const final: unique symbol = Symbol('final');
/** Only `finalHeader` and `parentHeader` make one. */
export interface FinalHeader {
  readonly header: BlockHeader;
  /** The block's hash. */
  readonly hash: Hash;
  readonly [final]: true;
}

/** Final by a certificate of its own. */
export interface CertifiedHeader extends FinalHeader {
  readonly certificate: Certificate;
}

export interface FinalHeaderOptions {
  /**
   * `final` alone unless given. `recovered` is the caller's own word that it takes that step. A `fallback` block is never
   * final, whatever stands beside it.
   */
  readonly regimes?: readonly Exclude<Regime, 'fallback'>[];
}

function decoded<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T | undefined {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/**
 * `bytes` and `certificate` are canonical bytes, or anything else; a certificate that is no bytes of its own is made from the
 * header. Refuses with `header_invalid`, `foreign_network`, `seat_set_unknown`, `regime_refused` or `certificate_invalid`.
 *
 * The seats are those of the genesis. No rule changes them yet; once one does, the step from one set to the next belongs here.
 */
export async function finalHeader(
  network: PinnedNetwork,
  bytes: Uint8Array,
  certificate: Uint8Array | ((header: BlockHeader) => Certificate),
  verify: VerifySignature,
  { regimes = ['final'] }: FinalHeaderOptions = {},
): Promise<Result<CertifiedHeader>> {
  const header = decoded(decodeHeader, bytes);
  if (!header) return fail('header_invalid', 'the header does not decode');
  const signed = typeof certificate === 'function' ? certificate(header) : decoded(decodeCertificate, certificate);
  if (!signed) return fail('certificate_invalid', 'the certificate does not decode');
  const fault = headerFault(network, header, regimes);
  if (fault) return fault;
  const unsigned = await certificateFault(header, signed, network.genesis.seats, verify);
  if (unsigned) return fail('certificate_invalid', unsigned);
  return ok({ header, hash: headerHash(header), certificate: signed, [final]: true });
}

/**
 * The header in `bytes`, if a final one names it as its parent: whatever a final block stands on is final, by no certificate of its
 * own. Refuses with `header_invalid`, `foreign_network`, `seat_set_unknown` or `regime_refused`.
 */
export function parentHeader(
  network: PinnedNetwork,
  bytes: Uint8Array,
  child: FinalHeader,
  { regimes = ['final'] }: FinalHeaderOptions = {},
): Result<FinalHeader> {
  const header = decoded(decodeHeader, bytes);
  if (!header) return fail('header_invalid', 'the header does not decode');
  const fault = headerFault(network, header, regimes);
  if (fault) return fault;
  const hash = headerHash(header);
  if (!equalBytes(hash, child.header.parent)) return fail('header_invalid', 'not the parent of the block after it');
  // Who signed the child may have lied about more than its own execution.
  if (child.header.height !== header.height + 1n)
    return fail('header_invalid', 'not one height below the block after it');
  if (child.header.timeMs < header.timeMs) return fail('header_invalid', 'a later time than the block after it');
  return ok({ header, hash, [final]: true });
}

function headerFault(
  { genesis, hash }: PinnedNetwork,
  header: BlockHeader,
  regimes: readonly Regime[],
): Failure | undefined {
  if (header.version !== BLOCK_VERSION) return fail('header_invalid', 'unknown version');
  if (!equalBytes(header.genesis, hash)) return fail('foreign_network', 'a block of another network');
  if (!equalBytes(header.electionRoot, electionRoot(genesis)))
    return fail('seat_set_unknown', 'a block of another seat set');
  // No rule makes or destroys a zhi: a state of another sum is nobody's, whoever signed it.
  if (header.supplyZhi !== SUPPLY_ZHI) return fail('header_invalid', 'another supply than 10^18 zhi');
  if (header.timeMs > BLOCK_TIME_MS_MAX) return fail('header_invalid', 'a time after the year 9999');
  if (header.regime === 'fallback') return fail('regime_refused', 'a fallback block is not final');
  if (!regimes.includes(header.regime)) return fail('regime_refused', `a block of the regime ${header.regime}`);
  return undefined;
}
