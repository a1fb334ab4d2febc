/** Orders put straight into a region's object, so that the test is the consumer: nothing computes them by itself. */
import { env } from 'cloudflare:workers';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { Lease, OrderAnswer } from '../../durable-objects/region/rpc.ts';
import type { Result } from '../../protocol/errors.ts';
import { taggedHash } from '../../protocol/hash.ts';
import type { Region } from '../../protocol/regions.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import type { Env, RegionStub } from '../../workers/env.ts';
import { regionStub } from '../../workers/env.ts';
import { type Demander, startDemander } from './api-demander.ts';

export const workerEnv = env as unknown as Env;

export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.code}: ${result.evidence}`);
  return result.value;
}

export interface Leased {
  readonly id: Uint8Array;
  readonly hex: string;
  readonly lease: Lease;
  readonly contentKey: Uint8Array;
}

export interface RegionDemander extends Demander {
  readonly region: RegionStub;
  /** A predict order with its lease, or a train order with the lease that its first consumer takes. */
  leased(kind: 'predict' | 'train'): Promise<Leased>;
  hexOf(id: Uint8Array): string;
  order(id: Uint8Array): Promise<WireOrder>;
  final(id: Uint8Array): Promise<WireOrder>;
}

const FINAL_MS = 20_000;

export async function startRegionDemander(
  name: string,
  from: Region & ('weur' | 'enam' | 'apac' | 'sam'),
): Promise<RegionDemander> {
  const demander = await startDemander(name, from);
  const region = regionStub(workerEnv, from);
  const answered = async (answer: Promise<Result<OrderAnswer>>) => unwrap(await answer).order;
  return {
    ...demander,
    region,
    async leased(kind) {
      const nonce = await demander.nextNonce();
      const {
        transaction,
        sealed,
        contentKey,
        id: hex,
      } = kind === 'predict'
        ? await demander.client.preparePredict(nonce, demander.predictRequest())
        : await demander.client.prepareTrain(nonce, demander.trainRequest());
      const claim = { account: demander.key.key, key: hex, requestHash: taggedHash('HAI/test-request', transaction) };
      const taken = unwrap(await region.intakeOrder({ transaction, sealed, idempotency: claim, preferQueue: false }));
      if (!taken.lease) throw new Error('the order came without a lease');
      return { id: hexToBytes(hex), hex, lease: taken.lease, contentKey };
    },
    hexOf: bytesToHex,
    order: (id) => answered(region.order(id)),
    final: (id) => answered(region.waitOrder(id, 'final', FINAL_MS)),
  };
}
