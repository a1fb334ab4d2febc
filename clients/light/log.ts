/** The log of headers: that a final header is in it, that a later checkpoint continues an earlier one, and who co-signed it. */
import { encodeHeader } from '../../protocol/block/header.ts';
import type { VerifySignature } from '../../protocol/ed25519.ts';
import type { Result } from '../../protocol/errors.ts';
import type { TreeHead } from '../../protocol/log/checkpoint.ts';
import { leafIndexOf } from '../../protocol/log/frontier.ts';
import {
  type CheckpointPolicy,
  type OpenedCheckpoint,
  openCheckpoint,
  policyFault,
} from '../../protocol/log/open-checkpoint.ts';
import { decodeConsistencyProof, decodeInclusionProof } from '../../protocol/log/proof-file.ts';
import { verifyConsistency, verifyInclusion } from '../../protocol/log/verify-proof.ts';
import { leafHash } from '../../protocol/merkle.ts';
import type { FinalHeader, PinnedNetwork } from '../../protocol/proof/final-header.ts';
import { fail, ok } from '../../protocol/result.ts';

/** Whose cosignatures the reader wants: `required` of `witnesses`. None unless given. */
export type WitnessPolicy = Partial<Pick<CheckpointPolicy, 'witnesses' | 'required' | 'spareLines'>>;

/**
 * `text`: a checkpoint as it is served or kept. Refuses with `invalid_field` (a policy that nothing can meet),
 * `checkpoint_malformed`, `foreign_network`, `checkpoint_invalid` or `too_few_witnesses`.
 */
export async function checkpointOf(
  { genesis, hash }: PinnedNetwork,
  text: string,
  { witnesses = [], required = 0, spareLines = 'ignore' }: WitnessPolicy,
  verify: VerifySignature,
): Promise<Result<OpenedCheckpoint>> {
  const policy: CheckpointPolicy = { genesisHash: hash, logKey: genesis.logKey, witnesses, required, spareLines };
  const fault = policyFault(policy);
  return fault === undefined ? openCheckpoint(text, policy, verify) : fail('invalid_field', fault, 'witnesses');
}

/** That the header is the log's at its height. `proof`: canonical bytes (protocol/log/proof-file.ts). */
export function loggedIn({ header }: FinalHeader, proof: Uint8Array, { size, root }: TreeHead): Result<true> {
  const decoded = decodeInclusionProof(proof);
  if (!decoded) return fail('inclusion_invalid', 'the proof does not decode');
  if (decoded.size !== size) return fail('inclusion_invalid', 'a proof in a log of another size');
  const index = leafIndexOf(header.height);
  if (decoded.index !== index) return fail('inclusion_invalid', 'a proof of another height');
  return verifyInclusion(leafHash(encodeHeader(header)), index, size, decoded.path, root)
    ? ok(true)
    : fail('inclusion_invalid', 'the header is not in the log');
}

/** That `newer` continues `older`. Refuses with `log_rolled_back`, or with `log_forked` where the proof does not show it. */
export function continues(older: TreeHead, newer: TreeHead, proof: Uint8Array): Result<true> {
  if (newer.size < older.size) return fail('log_rolled_back', `${newer.size} leaves after ${older.size}`);
  const decoded = decodeConsistencyProof(proof);
  if (!decoded) return fail('log_forked', 'the proof does not decode');
  if (decoded.oldSize !== older.size || decoded.size !== newer.size)
    return fail('log_forked', 'a proof between other sizes');
  return verifyConsistency(older.size, older.root, newer.size, newer.root, decoded.path)
    ? ok(true)
    : fail('log_forked', `no continuation of the tree of ${older.size} leaves`);
}
