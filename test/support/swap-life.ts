/** A record of the token's that comes in, and money that goes out again. */
import { encodeSwapIn } from '../../protocol/tx/swap-in.ts';
import { encodeSwapOut } from '../../protocol/tx/swap-out.ts';
import type { Zhi } from '../../protocol/units.ts';
import type { TestChain } from './chain.ts';
import type { KeyPair } from './keys.ts';
import { evmKey, SNAPSHOT, swapClaim } from './swap.ts';

/** `by` has money, and the chain's network a token (swapNetwork). */
export async function sealSwaps(chain: TestChain, by: KeyPair): Promise<void> {
  const claim = swapClaim(chain.network, SNAPSHOT, 0, chain.network.key('claimant').key);
  await chain.seal([
    chain.sign(by, 'swapIn', encodeSwapIn(claim)),
    chain.sign(by, 'swapOut', encodeSwapOut({ to: evmKey('receiver').address, amountZhi: 500n as Zhi })),
  ]);
}
