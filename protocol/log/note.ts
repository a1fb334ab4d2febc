/**
 * Signed notes, in C2SP's signed-note form: a text, an empty line, and lines of signatures, each under a key's name and a short
 * id of the key. One value has one form here: what `parseNote` accepts is what `formatNote` writes.
 */
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { base64, hex } from '@scure/base';
import { equalBytes } from '../hash.ts';
import { sha256 } from '../sha256.ts';

/** Signature types that C2SP assigned. */
export const NOTE_ED25519 = 0x01;
export const NOTE_COSIGNATURE = 0x04;

const KEY_ID_BYTES = 4;
const PUBLIC_KEY_BYTES = 32;
/** At least 16 must be taken, says the specification; a log line and 31 witnesses. */
export const NOTE_SIGNATURES_MAX = 32;
/** Characters. Signatures of types that are ignored here have up to 5 KB each. */
export const NOTE_LENGTH_MAX = 262_144;
/** C2SP's cosigners have names of at most 255 bytes. */
const NAME_BYTES_MAX = 255;

export interface NoteSignature {
  readonly name: string;
  /** Four bytes. */
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** With its final newline: what is signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A key that signs notes, as it is named to verifiers. */
export interface NoteKey {
  readonly name: string;
  readonly type: number;
  /** ed25519. */
  readonly publicKey: Uint8Array;
}

/** Not empty, and without spaces, plus signs and control characters. */
export const isKeyName = (name: string): boolean =>
  /^[^\p{White_Space}\p{Cc}+]+$/u.test(name) && name.isWellFormed() && utf8ToBytes(name).length <= NAME_BYTES_MAX;

/** Tells keys apart within a note; not collision-resistant, and nothing rests on that. */
export function noteKeyId({ name, type, publicKey }: NoteKey): Uint8Array {
  return sha256(utf8ToBytes(`${name}\n`), Uint8Array.of(type), publicKey).slice(0, KEY_ID_BYTES);
}

/** Strict base64 (RFC 4648 section 4); undefined for any other text. */
export function parseBase64(text: string): Uint8Array | undefined {
  try {
    const bytes = base64.decode(text);
    return base64.encode(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

export const signatureLine = ({ name, keyId, signature }: NoteSignature): string =>
  `— ${name} ${base64.encode(concatBytes(keyId, signature))}\n`;

const LINE = /^— (\S+) (\S+)$/u;

/** Without its newline. */
export function parseSignatureLine(line: string): NoteSignature | undefined {
  const [, name, encoded] = LINE.exec(line) ?? [];
  if (name === undefined || encoded === undefined || !isKeyName(name)) return undefined;
  const bytes = parseBase64(encoded);
  if (!bytes || bytes.length <= KEY_ID_BYTES) return undefined;
  return { name, keyId: bytes.slice(0, KEY_ID_BYTES), signature: bytes.slice(KEY_ID_BYTES) };
}

export const formatNote = ({ text, signatures }: SignedNote): string =>
  `${text}\n${signatures.map(signatureLine).join('')}`;

// biome-ignore lint/suspicious/noControlCharactersInRegex: notes must not have them
const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f]/;

/** Undefined for anything that is not a note in its one form. The signatures are not verified. */
export function parseNote(note: string): SignedNote | undefined {
  if (note.length > NOTE_LENGTH_MAX || FORBIDDEN.test(note) || !note.isWellFormed()) return undefined;
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) return undefined;
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > NOTE_SIGNATURES_MAX) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignatureLine(line);
    if (!signature) return undefined;
    signatures.push(signature);
  }
  return formatNote({ text, signatures }) === note ? { text, signatures } : undefined;
}

/** Whether a signature line is of this key: name and id are. */
export const isSignedBy = (signature: NoteSignature, key: NoteKey): boolean =>
  signature.name === key.name && equalBytes(signature.keyId, noteKeyId(key));

/** C2SP's text form of a key: `<name>+<hex id>+<base64 of type and key>`. */
export const formatNoteKey = (key: NoteKey): string =>
  `${key.name}+${hex.encode(noteKeyId(key))}+${base64.encode(concatBytes(Uint8Array.of(key.type), key.publicKey))}`;

/** Undefined unless it is the text form of an ed25519 key, its id included. */
export function parseNoteKey(text: string): NoteKey | undefined {
  // The base64 of a key may hold plus signs; names and ids do not.
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
  if (name === undefined || id === undefined || encoded === undefined || !isKeyName(name)) return undefined;
  const bytes = parseBase64(encoded);
  if (bytes?.length !== 1 + PUBLIC_KEY_BYTES) return undefined;
  const key: NoteKey = { name, type: bytes[0] as number, publicKey: bytes.slice(1) };
  return equalBytes(noteKeyId(key), hexToBytes(id)) ? key : undefined;
}
