/** Carries one order as far as it goes now: compute, check in another invocation, and again with the next provider on a lie. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { JobMessage, TileMessage } from '../../durable-objects/region/env.ts';
import type { Lease, OrderAnswer } from '../../durable-objects/region/rpc.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { ATTEMPTS_MAX } from '../../protocol/order/matching.ts';
import type { Region } from '../../protocol/regions.ts';
import { type Env, regionStub } from '../env.ts';
import { asSmallOrder } from '../give-way.ts';
import { compute } from './compute.ts';
import { declineOrFail } from './decline.ts';
import { runJob } from './search/run-job.ts';
import { beat } from './seen.ts';
import { sendTiles } from './tile-messages.ts';
import { runTile } from './tiles.ts';

/** `yielded`: the caller sends the order on. `idle`: nothing to do here, or somebody else does it: the consumers of its tiles. */
export type Ran =
  | { readonly kind: 'answered'; readonly answer: OrderAnswer }
  | { readonly kind: 'yielded' }
  | { readonly kind: 'idle' };

/** Compute and check for each attempt, with room for a check that a dead consumer left behind. */
const STEPS_MAX = 2 * ATTEMPTS_MAX + 1;

export async function runOrder(
  env: Env,
  regionName: Region,
  order: Uint8Array,
  first: Lease | undefined,
): Promise<Result<Ran>> {
  const region = regionStub(env, regionName);
  let lease = first;
  let last: Ran = { kind: 'idle' };
  for (let step = 0; step < STEPS_MAX; step++) {
    const task = lease ? ({ kind: 'compute', lease } as const) : await region.task(order);
    lease = undefined;
    if (task.kind === 'none' || task.kind === 'held') return ok(last);
    if (task.kind === 'compute') {
      const computed = await compute(env, region, task.lease);
      if (!computed.ok) return ranOf(await declineOrFail(region, task.lease, computed));
      if (computed.value === 'yielded') return ok({ kind: 'yielded' });
      if (computed.value === 'handedOut') return ok(last);
    } else if (task.tiles) {
      await sendTiles(env, order, task.tiles, 'check');
      return ok(last);
    }
    if (task.kind === 'check' && task.search !== undefined) {
      const judged = await env.CHECKER.checkPlan(regionName, order, task.search);
      if (!judged.ok) return judged;
      if (!judged.value) return ok(last);
      last = { kind: 'answered', answer: judged.value };
      if (judged.value.order.state !== 'open') return ok(last);
      continue;
    }
    const answer = await env.CHECKER.check(regionName, order);
    if (!answer.ok) return answer;
    last = { kind: 'answered', answer: answer.value };
    beat(env, answer.value.order, Date.now());
    if (answer.value.order.state !== 'open') return ok(last);
  }
  return fail('internal', `order ${bytesToHex(order)} went round too often`);
}

/** One tile of an order. Where it ends a round, after a failed check, the order goes on from here with its next provider. */
export async function runOrderTile(
  env: Env,
  regionName: Region,
  order: Uint8Array,
  { index, token, step }: TileMessage,
): Promise<Result<Ran>> {
  const done =
    step === 'compute'
      ? await runTile(env, regionStub(env, regionName), order, token, index)
      : await env.CHECKER.checkTile(regionName, order, token, index);
  return afterPart(env, regionName, order, done);
}

async function afterPart(
  env: Env,
  regionName: Region,
  order: Uint8Array,
  done: Result<OrderAnswer | null>,
): Promise<Result<Ran>> {
  if (!done.ok) return done;
  if (!done.value) return ok({ kind: 'idle' });
  const answer = done.value;
  beat(env, answer.order, Date.now());
  return answer.order.state === 'open' ? runOrder(env, regionName, order, undefined) : ok({ kind: 'answered', answer });
}

/** A slice of one job of a search. Where a failed check ends a round, the order goes on from here, as after a tile's. */
export async function runOrderJob(
  env: Env,
  regionName: Region,
  order: Uint8Array,
  { index, token, step }: JobMessage,
): Promise<Result<Ran>> {
  const done =
    step === 'compute'
      ? await runJob(env, regionStub(env, regionName), order, token, index)
      : await env.CHECKER.checkJob(regionName, order, token, index);
  return afterPart(env, regionName, order, done);
}

const ranOf = (declined: Result<OrderAnswer>): Result<Ran> =>
  declined.ok ? ok({ kind: 'answered', answer: declined.value }) : declined;

/** The direct path: the caller of the API waits for this. */
export async function runDirect(env: Env, region: Region, lease: Lease): Promise<Result<OrderAnswer>> {
  const ran = await asSmallOrder(() => runOrder(env, region, lease.order, lease));
  if (!ran.ok) return ran;
  return ran.value.kind === 'answered' ? ok(ran.value.answer) : regionStub(env, region).order(lease.order);
}
