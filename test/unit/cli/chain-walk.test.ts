/** The walk of `hai verify chain`, on a chain in memory. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { ChainWalk } from '../../../clients/cli/verify/chain-walk.ts';
import { openLight } from '../../../clients/light/light.ts';
import type { FinalHeader } from '../../../protocol/proof/final-header.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { lightChain, logOf } from '../../support/light-chain.ts';
import { testNetwork } from '../../support/network.ts';

const network = testNetwork();
const chain = await lightChain(network);
const opened = openLight({ genesis: network.bytes, pin: bytesToHex(network.hash), verify: verifyFast });
if (!opened.ok) throw new Error(opened.code);
const light = opened.value;
const blocks = chain.blocks.map((block, i) => ({ height: BigInt(i + 1), ...block }));

async function finalAt(height: number): Promise<FinalHeader> {
  const block = blocks[height - 1] as (typeof blocks)[number];
  const final = await light.header(block.header, block.certificate);
  if (!final.ok) throw new Error(final.code);
  return final.value;
}

describe('a walk', () => {
  it('from the genesis on comes to the log of these very headers, and misses no witness that is not there', async () => {
    const walk = new ChainWalk(light, undefined);
    for (const [i, block] of blocks.entries()) {
      expect(await walk.take(i === 1 ? { ...block, witness: undefined } : block)).toBeUndefined();
      expect(walk.logHead()).toEqual(logOf(chain, i + 1).head);
    }
    expect(walk.told).toMatchObject({ blocks: 4, transactions: 7, regimes: { final: 4 }, witnessesMissing: 1 });
    expect(walk.told.burnedZhi).toBeGreaterThan(0n);
    expect(walk.told.last?.header.height).toBe(4n);
  });

  it('from a later block on stands on that block’s header, wants each witness, and knows no log', async () => {
    const walk = new ChainWalk(light, await finalAt(2));
    const [, , third, fourth] = blocks as [never, never, (typeof blocks)[number], (typeof blocks)[number]];
    expect(await walk.take({ ...third, witness: undefined })).toMatchObject({ code: 'not_found' });
    expect(await walk.take(fourth)).toMatchObject({ code: 'header_invalid' });
    expect(await walk.take(third)).toBeUndefined();
    expect(await walk.take({ ...fourth, witness: third.witness })).toMatchObject({ code: 'witness_invalid' });
    expect(walk.told).toMatchObject({ blocks: 1, witnessesMissing: 0 });
    expect(walk.logHead()).toBeUndefined();
  });
});
