/** Epochs: spans of equal length from the genesis on, by block time. What was mined in one is paid after its end. */
import { struct, u64, u64As } from '../codec.ts';
import type { Genesis } from '../genesis.ts';
import type { Overlay } from '../state/overlay.ts';
import { ONLY_KEY, type RecordView, recordTable } from '../state/record.ts';
import type { UnixMs, Zhi } from '../units.ts';

/**
 * What is left of the miner pool, by this, is minted an epoch: a half-life of four years in epochs of one hour, as
 * 35,064 h / ln 2 = 50,587.
 */
export const EMISSION_DIVISOR = 50_587n;

const epochs = recordTable('epoch', struct({ next: u64, mintedZhi: u64As<Zhi>() }));

/** The first epoch that may still be rewarded, and what was minted in all before. */
export const rewardedEpochs = (state: RecordView): { next: bigint; mintedZhi: Zhi } =>
  epochs.read(state, ONLY_KEY) ?? { next: 0n, mintedZhi: 0n as Zhi };

export const setRewardedEpochs = (state: Overlay, value: { next: bigint; mintedZhi: Zhi }): void =>
  epochs.write(state, ONLY_KEY, value);

export const epochEndMs = (genesis: Pick<Genesis, 'createdMs' | 'epochMs'>, epoch: bigint): UnixMs =>
  (genesis.createdMs + (epoch + 1n) * genesis.epochMs) as UnixMs;
