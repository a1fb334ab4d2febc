/** Operands of the digest's jobs, from the kernels' own counter-based random words, and hashes of what comes out. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { ByteWriter } from '../bytes.ts';
import type { MlKernel } from '../kernel.ts';

export type Parts = Record<string, string>;

/** `count` random words of stream `stream`. */
export function words(ml: MlKernel, count: number, stream: number): Uint32Array {
  ml.arena.reset();
  const at = ml.arena.take((count + 3) * 4);
  ml.wasm.randomWords(at, count, stream, 0xd16e57, 1, 2);
  return Uint32Array.from(ml.arena.int32(at, count));
}

export const signedBytes = (ml: MlKernel, count: number, stream: number): Int8Array =>
  Int8Array.from(words(ml, count, stream));

export const hexOfInts = (values: Int32Array): string =>
  bytesToHex(sha256(new ByteWriter(values.length * 4).i32s(values).finish()));

export const hexOfBytes = (values: Int8Array): string =>
  bytesToHex(sha256(new ByteWriter(values.length).bytes(values).finish()));

export const hexOfWords = (values: Uint32Array): string => hexOfInts(Int32Array.from(values));

/** Floats of [-2, 2), every one a multiple of 2^-30 rounded once. */
export const floats = (ml: MlKernel, count: number, stream: number): Float32Array =>
  Float32Array.from(words(ml, count, stream), (word) => word / 2 ** 30 - 2);

export const hexOfFloats = (values: Float32Array): string =>
  bytesToHex(sha256(new ByteWriter(values.length * 4).f32s(values).finish()));
