/** Opens a checkpoint: signed by the log of the pinned network, and by at least k of the m witnesses that the client trusts. */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { VerifySignature } from '../ed25519.ts';
import type { Result } from '../errors.ts';
import { equalBytes, type Hash } from '../hash.ts';
import { fail, ok } from '../result.ts';
import { logNoteKey, logOrigin, parseHeadText, type TreeHead } from './checkpoint.ts';
import { cosignedMessage, parseCosignature, type WitnessKey, witnessNoteKey } from './cosignature.ts';
import { isSignedBy, type NoteKey, type NoteSignature, parseNote, type SignedNote } from './note.ts';

export interface CheckpointPolicy {
  /** Pinned; it is in the log's name. */
  readonly genesisHash: Hash;
  /** Genesis' `logKey`. */
  readonly logKey: Uint8Array;
  /** m of them. Keys differ from each other and from the log's: a key counts once. */
  readonly witnesses: readonly WitnessKey[];
  /** k of m: cosignatures that a checkpoint must have. 0 asks for the log's signature alone. */
  readonly required: number;
  /**
   * Lines of keys that the policy does not name. `ignore`, as C2SP demands of a reader of served checkpoints. `refuse` for files that are
   * kept or handed on, where each byte has to count.
   */
  readonly spareLines: 'ignore' | 'refuse';
}

export interface OpenedCheckpoint {
  readonly head: TreeHead;
  /** What was signed. */
  readonly text: string;
  /** Of trusted witnesses, all verified. */
  readonly cosignatures: readonly { readonly name: string; readonly timestampS: bigint }[];
}

/** Why a policy makes no sense, or undefined: ask before `openCheckpoint`, which throws on such a policy. */
export function policyFault({ logKey, witnesses, required }: CheckpointPolicy): string | undefined {
  if (!Number.isInteger(required) || required < 0) return 'the number of witnesses is not a number';
  if (required > witnesses.length) return `${required} of ${witnesses.length} witnesses are asked for`;
  const keys = [logKey, ...witnesses.map(({ publicKey }) => publicKey)];
  const isTwice = keys.some((key, i) => keys.slice(0, i).some((before) => equalBytes(before, key)));
  return isTwice ? 'a key is named twice' : undefined;
}

/** The one line of a key; undefined where there is none, 'twice' where there are more. */
function lineOf(note: SignedNote, key: NoteKey): NoteSignature | 'twice' | undefined {
  const lines = note.signatures.filter((line) => isSignedBy(line, key));
  return lines.length > 1 ? 'twice' : lines[0];
}

async function logFault(note: SignedNote, key: NoteKey, verify: VerifySignature): Promise<string | undefined> {
  const line = lineOf(note, key);
  if (!line) return 'the log has not signed it';
  if (line === 'twice') return 'two signatures of the log';
  const verdict = line.signature.length === 64 && (await verify(key.publicKey, utf8ToBytes(note.text), line.signature));
  return verdict ? undefined : "the log's signature does not verify";
}

type Seen = { readonly timestampS: bigint } | 'absent' | 'false';

async function cosignatureOf(note: SignedNote, witness: WitnessKey, verify: VerifySignature): Promise<Seen> {
  const line = lineOf(note, witnessNoteKey(witness));
  if (!line) return 'absent';
  const parsed = line === 'twice' ? undefined : parseCosignature(line.signature);
  if (!parsed) return 'false';
  const { timestampS, signature } = parsed;
  const verdict = await verify(witness.publicKey, cosignedMessage(note.text, timestampS), signature);
  return verdict ? { timestampS } : 'false';
}

/**
 * Codes: `checkpoint_malformed` (not the one form of a checkpoint), `foreign_network` (another log), `checkpoint_invalid` (a
 * signature of the log or of a trusted witness is missing, double or false; a spare line where none may be), `too_few_witnesses`.
 */
export async function openCheckpoint(
  checkpoint: string,
  policy: CheckpointPolicy,
  verify: VerifySignature,
): Promise<Result<OpenedCheckpoint>> {
  const fault = policyFault(policy);
  if (fault) throw new RangeError(fault);
  const note = parseNote(checkpoint);
  const head = note && parseHeadText(note.text);
  if (!note || !head) return fail('checkpoint_malformed');
  if (head.origin !== logOrigin(policy.genesisHash)) return fail('foreign_network', 'a checkpoint of another log');
  const unsigned = await logFault(note, logNoteKey(policy.genesisHash, policy.logKey), verify);
  if (unsigned) return fail('checkpoint_invalid', unsigned);
  const seen = await Promise.all(policy.witnesses.map((witness) => cosignatureOf(note, witness, verify)));
  const cosignatures: { name: string; timestampS: bigint }[] = [];
  for (const [i, { name }] of policy.witnesses.entries()) {
    const one = seen[i] as Seen;
    if (one === 'false') return fail('checkpoint_invalid', `the cosignature of ${name} does not verify`);
    if (one !== 'absent') cosignatures.push({ name, timestampS: one.timestampS });
  }
  if (policy.spareLines === 'refuse' && note.signatures.length > 1 + cosignatures.length) {
    return fail('checkpoint_invalid', 'a signature of a key that is not asked for');
  }
  if (cosignatures.length < policy.required) {
    return fail('too_few_witnesses', `${cosignatures.length} of ${policy.required}`);
  }
  return ok({ head, text: note.text, cosignatures });
}
