/** A fixed set of jobs on the SHA-256 kernel: the same hex on every machine. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { sha256Kernel } from './sha256.ts';

/** Byte i is the high byte of i times the golden ratio of 2^32: no period that a block could hide. */
function pattern(length: number, from: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Math.imul(from + i, 0x9e3779b1) >>> 24);
}

/** Hex (or the nonce) of every job by name: tells which one differs. */
export function sha256DigestParts(module: WebAssembly.Module): Record<string, string> {
  const kernel = sha256Kernel(module);
  const hexOfHashes = (hashes: Uint8Array) => bytesToHex(kernel.hashMany(hashes, 1, hashes.length));
  const uneven = Array.from({ length: 131 }, (_, i) => pattern((i * 37) % 300, i));
  const target = new Uint8Array(32).fill(255);
  target.set([0, 15]);
  const search = { preimage: pattern(116, 9), nonceAt: 107, start: 0xffff_ffff_0000n, count: 1 << 16, target };
  return {
    'sha256 even': hexOfHashes(kernel.hashMany(pattern(57 * 119, 1), 57, 119)),
    'sha256 uneven': hexOfHashes(kernel.hashEach(uneven)),
    'sha256 tree': bytesToHex(kernel.merkleRoot(uneven)),
    'sha256 nonce': String(kernel.searchNonce(search)),
  };
}
