/** Proofs of the log as canonical bytes, for files that are kept or handed on. */
import { bytes32, CodecError, type Decoded, decode, encode, struct, u64, vec } from '../codec.ts';
import { PROOF_MAX } from './verify-proof.ts';

/** That a leaf stands at `index` in the tree of `size` leaves. */
const inclusionCodec = struct({ index: u64, size: u64, path: vec(bytes32, PROOF_MAX) });
export type InclusionProof = Decoded<typeof inclusionCodec>;

/** That the tree of `oldSize` leaves is the beginning of the one of `size`. */
const consistencyCodec = struct({ oldSize: u64, size: u64, path: vec(bytes32, PROOF_MAX) });
export type ConsistencyProof = Decoded<typeof consistencyCodec>;

export const encodeInclusionProof = (proof: InclusionProof): Uint8Array => encode(inclusionCodec, proof);
export const encodeConsistencyProof = (proof: ConsistencyProof): Uint8Array => encode(consistencyCodec, proof);

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** Undefined for anything but the one encoding. */
export const decodeInclusionProof = (bytes: Uint8Array): InclusionProof | undefined =>
  orUndefined(() => decode(inclusionCodec, bytes));
export const decodeConsistencyProof = (bytes: Uint8Array): ConsistencyProof | undefined =>
  orUndefined(() => decode(consistencyCodec, bytes));
