/** Tells the presence boards who was just seen at work. For display only: a beat that is lost or late changes nothing else. */
import { waitUntil } from 'cloudflare:workers';
import { presenceOf } from '../../durable-objects/presence/presence.ts';
import { addressOf, parseAddress } from '../../protocol/address.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { type Region, regionNumber, regionOf } from '../../protocol/regions.ts';
import { rolesOf } from '../../protocol/tx/roles.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import type { Env } from '../env.ts';
import { networkOf } from '../network.ts';

/** An isolate repeats itself no sooner; half the time that a board remembers. */
const BEAT_EVERY_MS = 60_000;
/** Providers and searchers of one network, with room. */
const BEATS_MAX = 128;
/** By the provider's address, or the searcher's region. */
const lastBeatMs = new Map<string, number>();

function isDue(who: string, now: number): boolean {
  if (now - (lastBeatMs.get(who) ?? 0) < BEAT_EVERY_MS) return false;
  if (lastBeatMs.size >= BEATS_MAX) lastBeatMs.clear();
  lastBeatMs.set(who, now);
  return true;
}

/** After an order's check: its provider has computed and its region's searcher has matched. Nobody waits for it. */
export function beat(env: Env, order: WireOrder, now: number): void {
  const worked = order.attempts.at(-1);
  if (worked?.verdict !== 'passed') return;
  const due = [worked.provider, order.region].filter((who) => isDue(who, now));
  if (due.length === 0) return;
  waitUntil(
    tell(env, worked.provider, order.region, due).catch((fault: Error) => {
      console.warn(JSON.stringify({ event: 'beat_failed', reason: fault.message }));
    }),
  );
}

async function tell(env: Env, address: string, region: Region, due: readonly string[]): Promise<void> {
  const { genesis } = await networkOf(env);
  const key = parseAddress(address);
  const provider = key && genesis.providers.find((one) => equalBytes(one.key, key));
  const roles = rolesOf(genesis, regionNumber(region));
  if (provider && due.includes(address)) await presenceOf(env, regionOf(provider.region)).beat('provider', address);
  if (roles && due.includes(region)) await presenceOf(env, region).beat('searcher', addressOf(roles.searcher));
}

/** For tests, which empty the storage under an isolate that lives on. */
export function forgetBeats(): void {
  lastBeatMs.clear();
}
