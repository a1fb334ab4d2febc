/** The answers of /v1/webhooks, as the endpoint's object gives them. */
import { z } from '@hono/zod-openapi';
import type { DeliveryView, EndpointView, PingView } from '../../durable-objects/endpoint/rpc.ts';
import { EVENT_TYPES } from '../../protocol/events.ts';
import { addressText, decimalText, hexText, regionName } from './fields.ts';

const outcome = z.enum(['delivered', 'refused', 'redirect', 'gone', 'timeout', 'unreachable']);

export const webhookSchema = z
  .object({
    id: hexText,
    url: z.string(),
    secret: z.string().openapi({ description: 'whsec_…: verifies v1 signatures' }),
    publicKey: z.string().openapi({ description: 'whpk_…: verifies v1a signatures; the key of the genesis' }),
  })
  .openapi('Webhook');

export const endpointSchema = z
  .object({
    id: hexText,
    url: z.string(),
    account: addressText,
    filter: z.object({
      types: z.array(z.enum(EVENT_TYPES)).optional(),
      account: addressText.optional(),
      order: hexText.optional(),
      region: regionName.optional(),
    }),
    state: z.enum(['active', 'paused', 'disabled']),
    reason: z.enum(['asked', 'dead_letter', 'gone']).nullable(),
    publicKey: z.string(),
    createdMs: decimalText,
    cursor: z.object({ height: decimalText, index: z.int() }),
    lastSeq: decimalText,
    pending: z.int(),
    head: z.object({ seq: decimalText, type: z.string(), failures: z.int(), dueMs: decimalText }).nullable(),
  })
  .openapi('Endpoint') satisfies z.ZodType<Omit<EndpointView, 'filter'>>;

export const deliverySchema = z
  .object({
    kind: z.enum(['event', 'ping', 'challenge']),
    id: z.string(),
    seq: decimalText.nullable(),
    type: z.string(),
    attempt: z.int(),
    atMs: decimalText,
    outcome,
    status: z.int().nullable(),
    latencyMs: z.int(),
    response: z.string(),
  })
  .openapi('Delivery') satisfies z.ZodType<DeliveryView>;

export const pingSchema = z
  .object({ delivered: z.boolean(), outcome, status: z.int().nullable(), latencyMs: z.int() })
  .openapi('Ping') satisfies z.ZodType<PingView>;
