/**
 * The Worker that ships, with faults around its objects, its checker, its queues and its database. POST /v1/test-faults arms
 * them (a JSON array), GET says which happened.
 */

import { WebhookEndpoint } from '../../../durable-objects/endpoint/endpoint.ts';
import { PresenceBoard } from '../../../durable-objects/presence/presence.ts';
import type { WorkMessage } from '../../../durable-objects/region/env.ts';
import { Region as ShippedRegion } from '../../../durable-objects/region/region.ts';
import { Checker as ShippedChecker } from '../../../workers/checker.ts';
import type { Env } from '../../../workers/env.ts';
import worker from '../../../workers/main.ts';
import { arm, type Fault, faultsSoFar, withFaults } from './faults.ts';

// The platform instantiates these by name.
export { PresenceBoard, WebhookEndpoint };

// biome-ignore lint/suspicious/noExplicitAny: wraps methods of any shape
type Method = (this: any, ...args: any[]) => Promise<unknown>;

/** A view of a binding in which one method has faults. */
function faultyBinding<B extends object>(binding: B, name: string, method: keyof B & string): B {
  return new Proxy(binding, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      if (key !== method) return value.bind(target);
      return (...args: unknown[]) => withFaults({ at: `${name}.${method}` }, () => value.apply(target, args));
    },
  });
}

function faultyEnv<E extends Pick<Env, 'DB' | 'PREDICT_QUEUE' | 'TRAIN_QUEUE'>>(env: E): E {
  return {
    ...env,
    DB: faultyBinding(env.DB, 'DB', 'batch'),
    PREDICT_QUEUE: faultyBinding(env.PREDICT_QUEUE, 'PREDICT_QUEUE', 'send'),
    TRAIN_QUEUE: faultyBinding(faultyBinding(env.TRAIN_QUEUE, 'TRAIN_QUEUE', 'send'), 'TRAIN_QUEUE', 'sendBatch'),
  };
}

export class Region extends ShippedRegion {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, faultyEnv(env));
  }
}

export class Checker extends ShippedChecker {}

function giveFaults(to: { prototype: object }, name: string, methods: readonly string[]): void {
  const prototype = to.prototype as Record<string, Method>;
  for (const method of methods) {
    const shipped = prototype[method] as Method;
    prototype[method] = function (...args) {
      const context = this.ctx as DurableObjectState;
      const place = {
        at: `${name}.${method}`,
        region: context.id?.name?.split('/')[0],
        evict: () => context.abort(`evicted in ${method}`),
      };
      return withFaults(place, () => shipped.apply(this, args));
    };
  }
}

giveFaults(Region, 'Region', [
  'intakeOrder',
  'task',
  'recordChunk',
  'submitWork',
  'checkJob',
  'recordVerdict',
  'tileJob',
  'recordTile',
  'claimTiles',
  'recordTileVerdict',
  'planJobs',
  'takeJob',
  'recordSlice',
  'recordJob',
  'claimSearch',
  'wantReplays',
  'recordJobVerdict',
  'acceptOrder',
  'contentKey',
  'signClaim',
  'vote',
  'pull',
  'takeFinal',
  'wake',
  'alarm',
]);
giveFaults(Checker, 'Checker', ['check', 'checkTile']);

// Hosted providers sign acceptances and claims inside the region's object, where no call between objects can be broken.
// Only ed25519: HKDF inside HPKE signs too.
const sign = crypto.subtle.sign.bind(crypto.subtle);
Object.defineProperty(crypto.subtle, 'sign', {
  value(...args: Parameters<typeof sign>) {
    const isEd25519 = (args[0] as { name?: string }).name === 'Ed25519';
    return isEd25519 ? withFaults({ at: 'ed25519.sign' }, () => sign(...args)) : sign(...args);
  },
});

const CONTROL = '/v1/test-faults';

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== CONTROL) return worker.fetch(request, faultyEnv(env), ctx);
    if (request.method === 'POST') arm((await request.json()) as Fault[]);
    return Response.json(faultsSoFar());
  },
  queue: (batch, env) => worker.queue(batch, faultyEnv(env)),
  scheduled: (event, env) => worker.scheduled(event, env),
} satisfies ExportedHandler<Env, WorkMessage>;
