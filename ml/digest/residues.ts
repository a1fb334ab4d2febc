import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Hpu } from '../../hpu/hpu.ts';
import type { MlKernel } from '../kernel.ts';
import { hexOfWords, type Parts, signedBytes, words } from './samples.ts';

/** What decides a check: no seat may come to another verdict. */
export function residueParts({ residues }: Hpu, ml: MlKernel): Parts {
  const limbs = residues.challenge(new Uint8Array(32), 300);
  const parts: Parts = { challenge: bytesToHex(sha256(limbs.bytes)) };
  const pairs = {
    'residues int8': residues.bytes(signedBytes(ml, 30 * 300, 7), 30, limbs),
    // 20,000 * 2^14 is above 2^28: as many bits as `% 2 ** 28` leaves.
    'residues int32': residues.words(
      Int32Array.from(words(ml, 30 * 300, 11), (word) => (word | 0) % 2 ** 28),
      30,
      limbs,
      20_000,
    ),
  };
  for (const [name, pair] of Object.entries(pairs)) {
    if (!pair) throw new Error(`${name}: an entry is too large`);
    parts[name] = hexOfWords(Uint32Array.of(...pair[0], ...pair[1]));
  }
  return parts;
}
