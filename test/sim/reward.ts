/** The proposing region's own transactions: epoch rewards, in blocks that no account's nonce has part in. */
import { transactionHash } from '../../protocol/tx/envelope.ts';
import { encodeEpochReward } from '../../protocol/tx/epoch-reward.ts';
import { signedTransaction, type TestNetwork } from '../support/network.ts';
import type { RegionLike } from './objects.ts';
import type { World } from './world.ts';

/** Runs inside the object, as its own work would; what it adds was promised to nobody. */
export async function addReward(world: World, network: TestNetwork, region: RegionLike): Promise<void> {
  const { context } = region;
  const now = Date.now();
  const searcher = network.searcher('weur');
  await context.networkNow(now);
  await context.accounts.load(searcher.key, now);
  const view = context.accounts.view(searcher.key);
  if (!view) return;
  const { createdMs, epochMs } = network.genesis;
  const epoch = (BigInt(Math.floor(world.clock.nowMs)) - createdMs) / epochMs - 1n;
  const to = network.key(`miner/${world.random.integer(0, 2)}`).key;
  const work = [{ account: to, work: BigInt(world.random.integer(1, 9)), homeRegion: 0 }];
  const body = encodeEpochReward({ epoch: epoch < 0n ? 0n : epoch, work });
  const bytes = signedTransaction(network, { by: searcher, type: 'epochReward', nonce: view.nextNonce, body });
  const hash = transactionHash(bytes);
  context.mempool.add({ hash, bytes, sender: searcher.key, nonce: view.nextNonce, reservedZhi: 0n }, now);
  await region.armAndNudge();
}
