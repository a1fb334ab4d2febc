/**
 * A webhook receiver as an integrator writes one: answers the challenge, verifies with the public `standardwebhooks` package, and
 * proves each event against the genesis that it pinned.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { webhookEventFault } from '../../clients/sdk/light.ts';
import type { Genesis } from '../../protocol/genesis.ts';
import type { WireChainEvent } from '../../protocol/webhook/event.ts';

export interface Delivery {
  readonly type: string;
  readonly order: string | undefined;
  readonly verified: boolean;
  /** The event is one of a final block. */
  readonly proved: boolean;
}

export interface Receiver {
  readonly url: string;
  readonly deliveries: Delivery[];
  /** Set when the webhook was made; deliveries that come before it wait for it. */
  trust(secret: string): void;
  /** True when a delivery that satisfies `wanted` came in time. */
  until(wanted: (delivery: Delivery) => boolean, timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}

async function bodyOf(request: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

export async function startReceiver(genesis: Genesis): Promise<Receiver> {
  const deliveries: Delivery[] = [];
  const secret = Promise.withResolvers<string>();
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const payload = JSON.parse(body) as WireChainEvent | { readonly challenge: string };
    if ('challenge' in payload) {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ challenge: payload.challenge }));
      return;
    }
    const verified = verifies(await secret.promise, body, request.headers as Record<string, string>);
    const proved = verified && (await webhookEventFault(payload, genesis)) === undefined;
    deliveries.push({ type: payload.type, order: verified ? payload.data.order : undefined, verified, proved });
    response.writeHead(verified ? 204 : 401).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    deliveries,
    trust: secret.resolve,
    until: (wanted, timeoutMs) => poll(() => deliveries.some(wanted), timeoutMs),
    close: () => new Promise((resolve) => void server.close(() => resolve()).closeAllConnections()),
  };
}

function verifies(secret: string, body: string, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

const POLL_MS = 20;

async function poll(done: () => boolean, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (!done() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  return done();
}
