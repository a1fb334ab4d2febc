/**
 * What a witness decides before it co-signs: that the log is a continuation of what it was, and that its new leaves are the chain
 * which the seats made final. Pure; who calls it persists what it says before signing.
 */

import { certificateFault, decodeCertificate } from '../block/certificate.ts';
import { type BlockHeader, decodeHeader } from '../block/header.ts';
import { linkFault, parentOf } from '../block/link.ts';
import { CodecError } from '../codec.ts';
import type { VerifySignature } from '../ed25519.ts';
import type { Result } from '../errors.ts';
import type { Genesis } from '../genesis.ts';
import { equalBytes, type Hash } from '../hash.ts';
import { leafHash } from '../merkle.ts';
import { fail, ok } from '../result.ts';
import { SUPPLY_ZHI } from '../units.ts';
import type { TreeHead } from './checkpoint.ts';
import { EMPTY_LOG, type LogFrontier, logRoot, withLeaf } from './frontier.ts';
import { verifyConsistency } from './verify-proof.ts';

/**
 * Whether `next` may follow `kept`, the newest head that was co-signed (undefined: none yet). Codes: `log_rolled_back` (it is smaller:
 * an older view or a log that was put back), `log_forked` (it is no continuation).
 */
export function continuation(
  kept: TreeHead | undefined,
  next: TreeHead,
  proof: readonly Hash[],
): Result<'larger' | 'same'> {
  if (!kept) return ok('larger');
  if (next.size < kept.size) return fail('log_rolled_back', `${next.size} leaves after ${kept.size}`);
  if (!verifyConsistency(kept.size, kept.root, next.size, next.root, proof)) {
    return fail('log_forked', `no continuation of the tree of ${kept.size} leaves`);
  }
  return ok(next.size === kept.size ? 'same' : 'larger');
}

/** How far the leaves were read. */
export interface FollowedLog {
  readonly frontier: LogFrontier;
  /** The newest leaf; undefined before the first. */
  readonly header: BlockHeader | undefined;
}

export const NOTHING_FOLLOWED: FollowedLog = { frontier: EMPTY_LOG, header: undefined };

function headerOf(entry: Uint8Array): BlockHeader | undefined {
  try {
    return decodeHeader(entry);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** The next leaves, in order. Code: `header_invalid`, for a leaf that is no header or does not extend the one before. */
export function followLeaves(
  followed: FollowedLog,
  entries: readonly Uint8Array[],
  genesis: Genesis,
  genesisHash: Hash,
): Result<FollowedLog> {
  let { frontier, header } = followed;
  for (const entry of entries) {
    const next = headerOf(entry);
    if (!next) return fail('header_invalid', `leaf ${frontier.size} is not a header`);
    const fault = linkFault(next, parentOf(header, genesis, genesisHash), genesis, genesisHash);
    if (fault) return fail('header_invalid', `leaf ${frontier.size}: ${fault}`);
    if (next.supplyZhi !== SUPPLY_ZHI) return fail('header_invalid', `leaf ${frontier.size}: another supply`);
    frontier = withLeaf(frontier, leafHash(entry));
    header = next;
  }
  return ok({ frontier, header });
}

/**
 * Whether the leaves that were followed are all of the tree under `head`, and the last of them is final by `certificate` (canonical
 * bytes), hence, by their parents, all of them. Codes: `log_forked` (the leaves do not give the root), `certificate_invalid`.
 */
export async function confirmHead(
  { frontier, header }: FollowedLog,
  head: TreeHead,
  certificate: Uint8Array,
  genesis: Genesis,
  verify: VerifySignature,
): Promise<Result<true>> {
  if (frontier.size !== head.size || !equalBytes(logRoot(frontier), head.root)) {
    return fail('log_forked', 'the leaves do not give the root');
  }
  return header ? certified(header, certificate, genesis, verify) : ok(true);
}

/**
 * Whether the header in `entry` is final by `certificate`: asked before a long log is read to its end. Codes: `header_invalid`,
 * `certificate_invalid`.
 */
export async function confirmHeader(
  entry: Uint8Array,
  certificate: Uint8Array,
  genesis: Genesis,
  verify: VerifySignature,
): Promise<Result<true>> {
  const header = headerOf(entry);
  return header ? certified(header, certificate, genesis, verify) : fail('header_invalid', 'not a header');
}

async function certified(
  header: BlockHeader,
  certificate: Uint8Array,
  genesis: Genesis,
  verify: VerifySignature,
): Promise<Result<true>> {
  try {
    const fault = await certificateFault(header, decodeCertificate(certificate), genesis.seats, verify);
    return fault ? fail('certificate_invalid', fault) : ok(true);
  } catch (error) {
    if (error instanceof CodecError) return fail('certificate_invalid', 'not a certificate');
    throw error;
  }
}
