/** The Worker: HTTP, both queues, the watchdog, and the classes that the platform instantiates. */
import type { WorkMessage } from '../durable-objects/region/env.ts';
import { REGIONS } from '../protocol/regions.ts';
import { createApp } from './api/app.ts';
import { consume } from './consumers/queue.ts';
import { runDirect } from './consumers/run.ts';
import { type Env, regionStub } from './env.ts';

export { WebhookEndpoint } from '../durable-objects/endpoint/endpoint.ts';
export { PresenceBoard } from '../durable-objects/presence/presence.ts';
export { Region } from '../durable-objects/region/region.ts';
export { Checker } from './checker.ts';

const app = createApp({ runDirect });

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  queue: (batch, env) => consume(batch, env),
  /** A region whose alarm was lost is armed again; one that has nothing due answers at once. */
  scheduled: async (_event, env) => {
    await Promise.allSettled(REGIONS.map((region) => regionStub(env, region).rearm()));
  },
} satisfies ExportedHandler<Env, WorkMessage>;
