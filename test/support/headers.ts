/** Headers that extend one another and commit to nothing: what a log needs of a chain. */
import { type BlockHeader, encodeHeader, headerHash } from '../../protocol/block/header.ts';
import { type Hash, taggedHash, ZERO_HASH } from '../../protocol/hash.ts';
import { type BlockHeight, type HpuCycles, SUPPLY_ZHI, type UnixMs, type Zhi } from '../../protocol/units.ts';
import type { TestNetwork } from './network.ts';

type Chained = Pick<TestNetwork, 'genesis' | 'hash'>;

/** `mark` makes another chain of the same network. */
export function headerChain({ genesis, hash }: Chained, count: number, mark = 0): BlockHeader[] {
  const headers: BlockHeader[] = [];
  let parent: Hash = hash;
  for (let height = 1; height <= count; height++) {
    const header: BlockHeader = {
      version: 1,
      genesis: hash,
      height: BigInt(height) as BlockHeight,
      parent,
      timeMs: (genesis.createdMs + BigInt(height)) as UnixMs,
      region: genesis.sequencerRegion,
      proposerSeat: 0,
      epoch: 0n,
      round: 0,
      regime: 'final',
      txCount: 0,
      txRoot: taggedHash('HAI/test-root', Uint8Array.of(mark)),
      receiptRoot: ZERO_HASH,
      stateRoot: ZERO_HASH,
      supplyZhi: SUPPLY_ZHI,
      resourceRoot: ZERO_HASH,
      commitmentRoot: ZERO_HASH,
      electionRoot: ZERO_HASH,
      cyclesBilled: 0n as HpuCycles,
      mintedZhi: 0n as Zhi,
      burnedZhi: 0n as Zhi,
    };
    headers.push(header);
    parent = headerHash(header);
  }
  return headers;
}

export const encoded = (headers: readonly BlockHeader[]): Uint8Array[] => headers.map(encodeHeader);
