/** Checkpoints and cosignatures by keys of tests, whose seeds are at hand. */
import { sign } from '../../protocol/ed25519.ts';
import { checkpointNote, headBytes, type TreeHead } from '../../protocol/log/checkpoint.ts';
import { cosignatureLine, cosignedMessage } from '../../protocol/log/cosignature.ts';
import type { NoteKey, NoteSignature } from '../../protocol/log/note.ts';
import type { KeyPair } from './keys.ts';

export const signedCheckpoint = (head: TreeHead, key: NoteKey, seed: Uint8Array): string =>
  checkpointNote(head, key, sign(seed, headBytes(head)));

export function cosign(text: string, timestampS: bigint, name: string, { key, seed }: KeyPair): NoteSignature {
  const signature = sign(seed, cosignedMessage(text, timestampS));
  return cosignatureLine({ name, publicKey: key }, timestampS, signature);
}
