/**
 * How far block time may run ahead of the seats' clocks. Execution can't ask: whoever executes a block years later has no clock of
 * that time. So it is asked where a block is signed, and costs no more than a delay: the same block is signed once its time has come.
 */
import { type Failure, fail } from '../../protocol/errors.ts';

/**
 * Clocks of servers differ by milliseconds, and a bad one by some seconds. Half of the 20 s by which an intake looks ahead
 * (record/parameter.ts): what is acknowledged still pays enough in a block of a fast clock, if it is sealed within the other half.
 */
export const CLOCK_AHEAD_MS_MAX = 10_000n;

/** Why a seat whose clock says `nowMs` does not sign a block of `timeMs` yet. */
export function clockFault(timeMs: bigint, nowMs: number): Failure | undefined {
  const aheadMs = timeMs - BigInt(nowMs);
  return aheadMs > CLOCK_AHEAD_MS_MAX
    ? fail('consensus_stalled', `a block ${aheadMs} ms ahead of this seat’s clock`)
    : undefined;
}

/** Of a block at most this long after its parent nobody's clock is asked: a fast clock comes no further than the seats allow. */
const UNASKED_MS_MAX = CLOCK_AHEAD_MS_MAX / 2n;

export const asksClocks = (parentMs: bigint, nowMs: number): boolean => BigInt(nowMs) - parentMs > UNASKED_MS_MAX;

/**
 * What the proposer dates its block: by its own clock, but never further ahead of the middle one of all regions' clocks than most
 * seats accept. `othersMs`: of the regions that answered. Undefined where most have not: they would not vote either.
 *
 * A block of a far future, once staged, can't be taken back (protocol/seal/proposer.ts): the network would stand until its time.
 */
export function proposedMs(nowMs: number, othersMs: readonly number[], regions: number): number | undefined {
  const clocks = [nowMs, ...othersMs].sort((a, b) => a - b);
  if (2 * clocks.length <= regions) return undefined;
  const middle = clocks[Math.floor(clocks.length / 2)] as number;
  return Math.min(nowMs, middle + Number(UNASKED_MS_MAX));
}
