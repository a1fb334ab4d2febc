/**
 * What a witness keeps of a log that it refused: the checkpoint that it was shown, beside the one that it had co-signed. Two notes signed
 * by the log's key of which neither continues the other convict it before anybody, so those are never dropped for lack of room.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ErrorCode } from '../../protocol/errors.ts';
import { parseNote } from '../../protocol/log/note.ts';
import { sha256 } from '../../protocol/sha256.ts';
import { replaceSynced } from './synced-files.ts';

const FILE_MODE = 0o600;
/** Of each code that anybody on the way to the log can bring about, as often as he likes. */
const FILES_MAX = 20;
const NAME_DIGITS = 16;

export interface Evidence {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  /** As it was served. */
  readonly shown: string;
  /** As the log signed it; undefined before the first step. */
  readonly cosigned: string | undefined;
}

/** Lines of others that come and go make no new evidence. */
const signedText = (note: string): string => parseNote(note)?.text ?? note;

function nameOf({ code, shown, cosigned }: Evidence): string {
  // An older answer is no more than a reason to ask: the last one will do.
  if (code === 'log_rolled_back') return `${code}.json`;
  const pair = JSON.stringify([signedText(shown), cosigned === undefined ? null : signedText(cosigned)]);
  return `${code}-${bytesToHex(sha256(utf8ToBytes(pair))).slice(0, NAME_DIGITS)}.json`;
}

/** Of a fork there are no more files than pairs of checkpoints that the log's key has signed and this witness has co-signed. */
function hasRoom(folder: string, code: ErrorCode): boolean {
  if (code === 'log_forked' || code === 'log_rolled_back') return true;
  return readdirSync(folder).filter((name) => name.startsWith(`${code}-`)).length < FILES_MAX;
}

/** Where it is kept; undefined where it is one too many. */
export function keepEvidence(folder: string, evidence: Evidence): string | undefined {
  const { code, detail, shown, cosigned } = evidence;
  const path = join(folder, nameOf(evidence));
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  if (!isThere && !hasRoom(folder, code)) return undefined;
  const told = { code, detail: detail ?? null, cosigned: cosigned ?? null, shown };
  replaceSynced(path, `${JSON.stringify(told, null, 2)}\n`, FILE_MODE);
  return path;
}
