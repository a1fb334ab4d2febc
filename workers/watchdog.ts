/** Cron's work: alarms do everything, and this only notices one that was lost. What has nothing due answers at once. */
import { endpointOf } from '../durable-objects/endpoint/namespace.ts';
import { openLedger } from '../ledger/d1.ts';
import { REGIONS } from '../protocol/regions.ts';
import { type Env, regionStub } from './env.ts';

export async function watch(env: Env): Promise<void> {
  await Promise.allSettled(REGIONS.map((region) => regionStub(env, region).rearm()));
  const ledger = openLedger(env.DB);
  const tip = await ledger.tip();
  if (!tip) return;
  const webhooks = await ledger.webhooks();
  await Promise.allSettled(webhooks.map(({ id }) => endpointOf(env.ENDPOINT, id)?.wake(tip.height)));
}
