/** Tells the presence boards who was just seen at work. For display only: a beat that is lost or late changes nothing else. */
import { presenceOf } from '../../durable-objects/presence/presence.ts';
import { addressOf, parseAddress } from '../../protocol/address.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { regionNumber, regionOf } from '../../protocol/regions.ts';
import { rolesOf } from '../../protocol/tx/roles.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import type { Env } from '../env.ts';
import { networkOf } from '../network.ts';

/** An isolate repeats itself no sooner; half the time that a board remembers. */
const BEAT_EVERY_MS = 60_000;
/** Providers and searchers of one network, with room. */
const BEATS_MAX = 128;
const lastBeatMs = new Map<string, number>();

function isDue(who: string, now: number): boolean {
  if (now - (lastBeatMs.get(who) ?? 0) < BEAT_EVERY_MS) return false;
  if (lastBeatMs.size >= BEATS_MAX) lastBeatMs.clear();
  lastBeatMs.set(who, now);
  return true;
}

/** After an order's check: its provider has computed and its region's searcher has matched. */
export async function beat(env: Env, order: WireOrder, now: number): Promise<void> {
  const worked = order.attempts.at(-1);
  if (worked?.verdict !== 'passed' || !isDue(worked.provider, now)) return;
  try {
    const { genesis } = await networkOf(env);
    const key = parseAddress(worked.provider);
    const provider = key && genesis.providers.find((one) => equalBytes(one.key, key));
    if (provider) await presenceOf(env, regionOf(provider.region)).beat('provider', worked.provider);
    const roles = rolesOf(genesis, regionNumber(order.region));
    if (roles) await presenceOf(env, order.region).beat('searcher', addressOf(roles.searcher));
  } catch (fault) {
    console.warn(JSON.stringify({ event: 'beat_failed', reason: (fault as Error).message }));
  }
}

/** For tests, which empty the storage under an isolate that lives on. */
export function forgetBeats(): void {
  lastBeatMs.clear();
}
