/** Decrypts a result and holds it against the root that was checked, settled and sealed. No network. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { resultRoot, resultSalt } from '../../protocol/order/results.ts';
import { readTiles } from '../../protocol/order/tiled-result.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import { openContent } from '../../sealing/content.ts';
import { UntrustedError } from './errors.ts';

/** The leaves of a result: one a row of a prediction, the whole of a model. */
export type SplitResult = (plaintext: Uint8Array) => readonly Uint8Array[];

export const wholeResult: SplitResult = (plaintext) => [plaintext];

/** One plaintext of those of a large prediction's tiles, in row order: ml/mlp/prediction.ts knows how. */
export type JoinTiles = (tiles: readonly Uint8Array[]) => Uint8Array;

/**
 * The plaintext. Throws UntrustedError when the ciphertext is not this key's, or the plaintext is not what the order's root
 * commits to. The root is the network's word until a receipt with the same root is verified (light.ts).
 */
export async function openResult(
  order: Pick<WireOrder, 'id' | 'resultRoot' | 'results'> & Partial<Pick<WireOrder, 'tiles'>>,
  contentKey: Uint8Array,
  ciphertext: Uint8Array,
  split: SplitResult = wholeResult,
  join?: JoinTiles,
): Promise<Uint8Array> {
  const tiles = order.tiles ? readTiles(ciphertext) : [ciphertext];
  if (!tiles || tiles.length !== (order.tiles ?? 1)) {
    throw new UntrustedError(`the result of order ${order.id} does not come in its ${order.tiles} tiles`);
  }
  const parts: Uint8Array[] = [];
  for (const tile of tiles) {
    const part = await openContent(contentKey, 'result', tile);
    if (!part) throw new UntrustedError(`the result of order ${order.id} does not open under its content key`);
    parts.push(part);
  }
  if (order.tiles && !join) throw new RangeError(`order ${order.id} has a result in tiles: say how they are joined`);
  const plaintext = join && order.tiles ? join(parts) : (parts[0] as Uint8Array);
  const leaves = split(plaintext);
  const root = bytesToHex(resultRoot(resultSalt(contentKey), leaves));
  if (root !== order.resultRoot || leaves.length !== order.results) {
    throw new UntrustedError(`the result of order ${order.id} is not the one that its root commits to`);
  }
  return plaintext;
}
