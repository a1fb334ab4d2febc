/** Witnesses as a deployment or a client names them: C2SP's text form of their keys, with spaces or new lines in between. */

import type { Result } from '../errors.ts';
import { equalBytes } from '../hash.ts';
import { fail, ok } from '../result.ts';
import { type WitnessKey, witnessNoteKey } from './cosignature.ts';
import { NOTE_COSIGNATURE, noteKeyId, parseNoteKey } from './note.ts';

/** Each costs a line in every checkpoint, and a note has 32. */
export const WITNESSES_MAX = 16;

const idOf = (witness: WitnessKey): Uint8Array => noteKeyId(witnessNoteKey(witness));

/** Code: `invalid_field`, with what is wrong: another kind of key, a name or a key that is there twice, too many. */
export function parseWitnesses(text: string): Result<WitnessKey[]> {
  const witnesses: WitnessKey[] = [];
  for (const part of text.split(/\s+/).filter(Boolean)) {
    const key = parseNoteKey(part);
    if (key?.type !== NOTE_COSIGNATURE) return fail('invalid_field', `not the key of a witness: ${part}`, 'witnesses');
    const { name, publicKey } = key;
    const isTwice = (other: WitnessKey): boolean =>
      other.name === name || equalBytes(other.publicKey, publicKey) || equalBytes(idOf(other), noteKeyId(key));
    if (witnesses.some(isTwice)) {
      return fail('invalid_field', `a name, a key or a key id is there twice: ${part}`, 'witnesses');
    }
    witnesses.push({ name, publicKey });
  }
  if (witnesses.length > WITNESSES_MAX) return fail('invalid_field', `more than ${WITNESSES_MAX}`, 'witnesses');
  return ok(witnesses);
}
