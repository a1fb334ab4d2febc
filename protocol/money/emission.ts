/**
 * Emission: what the miner pool mints when every epoch is rewarded. Epochs without recorded work mint nothing and leave more for
 * later ones, and shares are rounded down, so this is the most that can be minted by a time (tx/epoch-reward.ts is the rule).
 */
import { EMISSION_DIVISOR } from '../record/epoch.ts';
import type { Zhi } from '../units.ts';

/** The reward of one epoch. Nothing once the pool is below the divisor: that rest is never minted. */
export const rewardOf = (poolZhi: bigint): Zhi => (poolZhi / EMISSION_DIVISOR) as Zhi;

/**
 * What has been minted after each number of epochs, which do not fall. A pool of the whole supply is at its rest after some
 * 1.55 million epochs, so this ends whatever the numbers are.
 */
export function emittedAfter(poolZhi: Zhi, epochs: readonly bigint[]): Zhi[] {
  let left: bigint = poolZhi;
  let done = 0n;
  return epochs.map((count) => {
    for (; done < count; done++) {
      const reward = rewardOf(left);
      if (reward === 0n) break;
      left -= reward;
    }
    return (poolZhi - left) as Zhi;
  });
}

export interface EmissionFacts {
  /** The first number of epochs after which at most half of the pool is left. */
  readonly halfLifeEpochs: bigint;
  /** Epochs that mint anything at all. */
  readonly epochs: bigint;
  /** What stays in the pool for ever. */
  readonly restZhi: Zhi;
}

export interface Emission {
  readonly facts: EmissionFacts;
  /** Minted after each of the numbers of epochs that were asked for. */
  readonly emitted: readonly Zhi[];
}

/** Facts, and what `emittedAfter` gives, in one walk to the end: of the whole supply some 1.55 million divisions of bigints. */
export function emissionOf(poolZhi: Zhi, epochs: readonly bigint[]): Emission {
  const emitted: Zhi[] = [];
  let left: bigint = poolZhi;
  let done = 0n;
  let halfLifeEpochs = 0n;
  for (let reward = rewardOf(left); reward > 0n; reward = rewardOf(left)) {
    for (let asked = epochs[emitted.length]; asked === done; asked = epochs[emitted.length])
      emitted.push((poolZhi - left) as Zhi);
    if (left * 2n > poolZhi) halfLifeEpochs++;
    left -= reward;
    done++;
  }
  while (emitted.length < epochs.length) emitted.push((poolZhi - left) as Zhi);
  return { facts: { halfLifeEpochs, epochs: done, restZhi: left as Zhi }, emitted };
}

export const emissionFacts = (poolZhi: Zhi): EmissionFacts => emissionOf(poolZhi, []).facts;
