/** The Worker: HTTP, both queues, the watchdog, and the classes that the platform instantiates. */
import type { WorkMessage } from '../durable-objects/region/env.ts';
import './digests.ts';
import { createApp } from './api/app.ts';
import { consume } from './consumers/queue.ts';
import { runDirect } from './consumers/run.ts';
import type { Env } from './env.ts';
import { watch } from './watchdog.ts';

export { WebhookEndpoint } from '../durable-objects/endpoint/endpoint.ts';
export { PresenceBoard } from '../durable-objects/presence/presence.ts';
export { Region } from '../durable-objects/region/region.ts';
export { Checker } from './checker.ts';
export { Verifier } from './verifier.ts';

const app = createApp({ runDirect });

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  queue: (batch, env) => consume(batch, env),
  scheduled: (_event, env) => watch(env),
} satisfies ExportedHandler<Env, WorkMessage>;
