/**
 * A witness' word on a checkpoint, in C2SP's `cosignature/v1` form: at this time, this was the largest tree of the log that the
 * witness had seen, and every tree that it had seen before is a beginning of it.
 */
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { NOTE_COSIGNATURE, type NoteKey, type NoteSignature, noteKeyId } from './note.ts';

const TIMESTAMP_BYTES = 8;
const SIGNATURE_BYTES = 64;

/** Name and ed25519 key of a witness that a client trusts, learnt from the witness itself. */
export interface WitnessKey {
  readonly name: string;
  readonly publicKey: Uint8Array;
}

export const witnessNoteKey = ({ name, publicKey }: WitnessKey): NoteKey => ({
  name,
  type: NOTE_COSIGNATURE,
  publicKey,
});

/** What is signed: `text` is the checkpoint's, `timestampS` in seconds since 1970. */
export const cosignedMessage = (text: string, timestampS: bigint): Uint8Array =>
  utf8ToBytes(`cosignature/v1\ntime ${timestampS}\n${text}`);

/** `signature`: ed25519, of `cosignedMessage`. */
export function cosignatureLine(witness: WitnessKey, timestampS: bigint, signature: Uint8Array): NoteSignature {
  if (timestampS < 0n || timestampS >> 63n !== 0n) throw new RangeError('not a time');
  const stamp = new Uint8Array(TIMESTAMP_BYTES);
  new DataView(stamp.buffer).setBigUint64(0, timestampS);
  const key = witnessNoteKey(witness);
  return { name: key.name, keyId: noteKeyId(key), signature: concatBytes(stamp, signature) };
}

/** The time and the ed25519 signature of a cosignature, or undefined for other bytes. */
export function parseCosignature(bytes: Uint8Array): { timestampS: bigint; signature: Uint8Array } | undefined {
  if (bytes.length !== TIMESTAMP_BYTES + SIGNATURE_BYTES) return undefined;
  const timestampS = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  if (timestampS >> 63n !== 0n) return undefined;
  return { timestampS, signature: bytes.slice(TIMESTAMP_BYTES) };
}
