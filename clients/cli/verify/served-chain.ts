/** The blocks that a network serves, in order, a few of them asked for ahead. */
import type { ProofCalls, ServedBlock } from '../../sdk/proofs.ts';

/** Three requests each are under way at a time. */
const AHEAD = 6;

export interface PlacedBlock extends ServedBlock {
  readonly height: bigint;
}

/** Heights `from` to `to`, both of them included. A block that can't be had fails when its turn comes. */
export async function* servedBlocks(
  calls: Pick<ProofCalls, 'blockBytes'>,
  from: bigint,
  to: bigint,
): AsyncGenerator<PlacedBlock> {
  const asked: Promise<ServedBlock>[] = [];
  let next = from;
  for (let height = from; height <= to; height++) {
    for (; next <= to && asked.length < AHEAD; next++) {
      const block = calls.blockBytes(next);
      // It is awaited in its turn; until then its failure is nobody's.
      block.catch(() => undefined);
      asked.push(block);
    }
    yield { height, ...((await asked.shift()) as ServedBlock) };
  }
}
