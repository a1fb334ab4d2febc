/**
 * The sealed part of an order: what only the parties that work on it may read. The ciphertext is under a content key made
 * for this order; the content key is sealed (HPKE) once for each party in `grants`. The same content key encrypts what
 * comes back, under another label. Sealing itself needs randomness and WebCrypto: it is in sealing/.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { bytes32, bytesMax, type Decoded, decode, encode, fixed, struct, textMax, u8, union, vec } from '../codec.ts';
import { domain, type Hash } from '../hash.ts';

/** HPKE: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; a 32-byte content key becomes 48 bytes. */
const grantCodec = struct({ to: bytes32, encapsulated: bytes32, sealedKey: fixed(48) });
export type Grant = Decoded<typeof grantCodec>;
export const GRANTS_MAX = 8;
/** Rows travel inline up to this; with the rest of a request it stays below the API's 1 MiB body. */
export const SEALED_BYTES_MAX = 512 * 1024;

const envelopeCodec = struct({
  version: u8,
  grants: vec(grantCodec, GRANTS_MAX),
  /** AES-256-GCM: 12-byte nonce, ciphertext, 16-byte tag. */
  ciphertext: bytesMax(SEALED_BYTES_MAX),
});
export type SealedEnvelope = Decoded<typeof envelopeCodec>;
export const SEALED_VERSION = 1;
export const encodeEnvelope = (envelope: SealedEnvelope): Uint8Array => encode(envelopeCodec, envelope);
/** Throws CodecError. */
export const decodeEnvelope = (bytes: Uint8Array): SealedEnvelope => decode(envelopeCodec, bytes);
export const sealedHash = (bytes: Uint8Array): Hash => sha256(bytes);

/** Of the rows that travel inside the envelope: its bound without tag, model key, length and what AES-GCM adds. */
export const INLINE_ROWS_BYTES_MAX = SEALED_BYTES_MAX - (1 + 32 + 3 + 12 + 16);
/** Tiles of one large prediction: their hashes take 8 KB of the envelope. */
export const TILES_MAX = 256;

/** Names of a task, a metric or a family. */
const SEARCH_WORD_MAX = 32;
const SEARCH_FAMILIES_MAX = 16;

const payloadCodec = union({
  /** Key of the uploaded data set, inputs[0] of the order. */
  train: struct({ datasetKey: bytes32 }),
  /** Content key of the order that made the model, which opens it; and the rows, as ml/dataset, or for a search ml/table, encodes them. */
  predict: struct({ modelKey: bytes32, rows: bytesMax(SEALED_BYTES_MAX) }),
  /** A large prediction: the key of the uploaded rows, and the SHA-256 of each tile's ciphertext in row order. */
  predictTiles: struct({ modelKey: bytes32, rowsKey: bytes32, tiles: vec(bytes32, TILES_MAX) }),
  /** Key of the uploaded table, inputs[0] of the order; and what of the search is nobody else's matter (ml/search/search.ts). */
  search: struct({
    datasetKey: bytes32,
    task: textMax(SEARCH_WORD_MAX),
    metric: textMax(SEARCH_WORD_MAX),
    families: vec(textMax(SEARCH_WORD_MAX), SEARCH_FAMILIES_MAX),
  }),
});
export type SealedPayload = Decoded<typeof payloadCodec>;
export const encodePayload = (payload: SealedPayload): Uint8Array => encode(payloadCodec, payload);
/** Throws CodecError. */
export const decodePayload = (bytes: Uint8Array): SealedPayload => decode(payloadCodec, bytes);

/** HPKE `info`: a grant is for one network. `aad` is the demander's account: a copied grant opens in nobody else's order. */
export const grantInfo = (genesisHash: Hash): Uint8Array => concatBytes(domain('HAI/grant/1'), genesisHash);

/** What a ciphertext is of; authenticated, so that a trace can't be passed off as a result. */
export type ContentLabel = 'payload' | 'dataset' | 'result' | 'trace' | 'state' | 'job' | 'summary';
export const contentAad = (label: ContentLabel): Uint8Array => utf8ToBytes(`HAI/content/1/${label}`);
