/** The Worker that ships, bundled with a path at which it tells whether a swap claim’s signature holds. */
import { hexToBytes } from '@noble/hashes/utils.js';
import type { WorkMessage } from '../../durable-objects/region/env.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import type { Env } from '../../workers/env.ts';
import worker, { Checker, PresenceBoard, Region, WebhookEndpoint } from '../../workers/main.ts';

// The platform instantiates these by name.
export { Checker, PresenceBoard, Region, WebhookEndpoint };

/** Holder, statement and signature, in hex. */
async function isSigned(request: Request): Promise<Response> {
  const [holder, message, signature] = ((await request.json()) as string[]).map(hexToBytes);
  if (!holder || !message || !signature) return new Response(null, { status: 400 });
  return Response.json(await verifyFast(holder, message, signature, 'evmClaim'));
}

export default {
  ...worker,
  fetch: (request, env, ctx) =>
    new URL(request.url).pathname === '/test/claim' ? isSigned(request) : worker.fetch(request, env, ctx),
} satisfies ExportedHandler<Env, WorkMessage>;
