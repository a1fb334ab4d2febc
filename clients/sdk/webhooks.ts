/** Webhook endpoints of this client's account. Every call is signed: only the account that made one may see it. */
import type { EventType } from '../../protocol/events.ts';
import type { Region } from '../../protocol/regions.ts';
import type { Context } from './context.ts';
import { signedRequest } from './signed-request.ts';
import { newIdempotencyKey } from './transport.ts';

export interface WebhookRequest {
  readonly url: string;
  /** All of them unless given. */
  readonly types?: readonly EventType[];
  readonly account?: string;
  readonly order?: string;
  readonly region?: Region;
}

export interface CreatedWebhook {
  id: string;
  url: string;
  /** whsec_...: verifies v1 signatures; told once. */
  secret: string;
  /** whpk_...: verifies v1a signatures. */
  publicKey: string;
}

export function webhookCalls(context: Context) {
  async function call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
    const request = {
      method,
      path: `/v1/webhooks${path}`,
      ...(body ? { body } : {}),
      ...(method === 'GET' ? {} : { idempotencyKey: newIdempotencyKey() }),
    };
    const text = await context.transport.text(await signedRequest(context, request));
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
  return {
    create: (request: WebhookRequest) => call<CreatedWebhook>('POST', '', request),
    get: (id: string) => call<Record<string, unknown>>('GET', `/${id}`),
    deliveries: (id: string) => call<Record<string, unknown>>('GET', `/${id}/deliveries`),
    ping: (id: string) => call<unknown>('POST', `/${id}/ping`),
    remove: (id: string) => call<void>('DELETE', `/${id}`),
  };
}
