/**
 * Checkpoints in C2SP's tlog-checkpoint form: the log's name, how many leaves its tree has and their root, signed by the log as a
 * note (note.ts). The log's name holds the genesis hash, so no checkpoint of another network is taken for one of ours.
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { base64, hex } from '@scure/base';
import type { Hash } from '../hash.ts';
import { SIZE_BITS } from './frontier.ts';
import { formatNote, NOTE_ED25519, type NoteKey, noteKeyId, parseBase64 } from './note.ts';

const HASH_BYTES = 32;

export interface TreeHead {
  readonly origin: string;
  /** Leaves: the height of the newest header in the log. */
  readonly size: bigint;
  readonly root: Hash;
}

/** The log's name, and that of its key. */
export const logOrigin = (genesisHash: Hash): string => `hai-chain/${hex.encode(genesisHash)}`;

/** Genesis' `logKey`, as a signer of notes. */
export const logNoteKey = (genesisHash: Hash, logKey: Uint8Array): NoteKey => ({
  name: logOrigin(genesisHash),
  type: NOTE_ED25519,
  publicKey: logKey,
});

/** The note's text. */
export const headText = ({ origin, size, root }: TreeHead): string => `${origin}\n${size}\n${base64.encode(root)}\n`;

/** Undefined for another form; lines after the third, which C2SP advises against, are one. */
export function parseHeadText(text: string): TreeHead | undefined {
  const [, origin, digits, encoded] = /^([^\n]+)\n(0|[1-9]\d{0,18})\n([^\n]+)\n$/.exec(text) ?? [];
  if (origin === undefined || digits === undefined || encoded === undefined) return undefined;
  const size = BigInt(digits);
  const root = parseBase64(encoded);
  if (root?.length !== HASH_BYTES || size >> BigInt(SIZE_BITS) !== 0n) return undefined;
  return { origin, size, root };
}

/** What the log signs. */
export const headBytes = (head: TreeHead): Uint8Array => utf8ToBytes(headText(head));

/** `signature`: of `headBytes`. ed25519 is deterministic: signed again after a crash, a head has the same signature. */
export const checkpointNote = (head: TreeHead, key: NoteKey, signature: Uint8Array): string =>
  formatNote({ text: headText(head), signatures: [{ name: key.name, keyId: noteKeyId(key), signature }] });
