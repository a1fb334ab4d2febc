/**
 * The checkpoint that a reader keeps from one command to the next. In the file are the log's line and those of the reader's witnesses, and
 * nothing else: so each byte of it counts, and one that was changed is refused.
 */
import { logNoteKey } from '../../../protocol/log/checkpoint.ts';
import { type WitnessKey, witnessNoteKey } from '../../../protocol/log/cosignature.ts';
import { formatNote, isSignedBy, parseNote } from '../../../protocol/log/note.ts';
import type { OpenedCheckpoint } from '../../../protocol/log/open-checkpoint.ts';
import type { Light } from '../../light/light.ts';
import { Refusal } from '../exit-codes.ts';
import { fileExists, readTextFile, writeSecretFile } from '../secret-files.ts';
import { reasonOf } from './light.ts';

/** Undefined where there is no such file. Throws a Refusal for one that does not open, or has lines of witnesses that are not named. */
export async function readKept(
  light: Light,
  path: string | undefined,
  witnesses: readonly WitnessKey[],
): Promise<OpenedCheckpoint | undefined> {
  if (path === undefined || !fileExists(path)) return undefined;
  const opened = await light.checkpoint(readTextFile(path), { witnesses, required: 0, spareLines: 'refuse' });
  if (opened.ok) return opened.value;
  const hint =
    opened.code === 'checkpoint_invalid' ? '; name the witnesses that it was kept with, or keep another file' : '';
  throw new Refusal(`${path}: ${reasonOf(opened)}${hint}`, opened.code);
}

/** `note`: as it was served, and opened. */
export function writeKept(light: Light, path: string, note: string, witnesses: readonly WitnessKey[]): void {
  const parsed = parseNote(note);
  if (!parsed) throw new Error('an opened checkpoint that is no note');
  const keys = [logNoteKey(light.hash, light.genesis.logKey), ...witnesses.map(witnessNoteKey)];
  const signatures = parsed.signatures.filter((line) => keys.some((key) => isSignedBy(line, key)));
  writeSecretFile(path, formatNote({ text: parsed.text, signatures }), true);
}
