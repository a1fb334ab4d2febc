/** The time of the next block: after a pause, not without the other regions' clocks. */
import { regionOf } from '../../../protocol/regions.ts';
import { asksClocks, proposedMs } from '../clock-bound.ts';
import type { Network, RegionContext } from '../context.ts';
import { inTime } from './in-time.ts';

/** Undefined when too few of the regions with seats say what time it is. */
export async function blockClock(
  context: RegionContext,
  { genesis }: Network,
  parentMs: bigint,
  nowMs: number,
): Promise<number | undefined> {
  if (!asksClocks(parentMs, nowMs)) return nowMs;
  const regions = new Set(genesis.seats.map(({ region }) => region));
  const others = [...regions].filter((region) => region !== context.region);
  const answers = await Promise.allSettled(others.map((region) => inTime(context.peer(regionOf(region)).clock())));
  const othersMs = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const timeMs = proposedMs(nowMs, othersMs, regions.size);
  if (timeMs !== undefined && timeMs < nowMs)
    console.error(JSON.stringify({ event: 'clock_ahead', region: context.region, aheadMs: nowMs - timeMs }));
  return timeMs;
}
