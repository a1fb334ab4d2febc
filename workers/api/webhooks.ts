/** /v1/webhooks: endpoints that get every event, in order. Each request is signed; an endpoint answers its owner alone. */
import { z } from '@hono/zod-openapi';
import { endpointOf, newEndpoint } from '../../durable-objects/endpoint/namespace.ts';
import type { CreatedEndpoint } from '../../durable-objects/endpoint/rpc.ts';
import { webhookUrlFault } from '../../durable-objects/endpoint/url.ts';
import { openLedger } from '../../ledger/d1.ts';
import { addressOf } from '../../protocol/address.ts';
import { type Failure, fail, type Result } from '../../protocol/errors.ts';
import { EVENT_TYPES } from '../../protocol/events.ts';
import { regionOf } from '../../protocol/regions.ts';
import { type WebhookFilter, webhookFilterFault } from '../../protocol/webhook/filter.ts';
import { regionStub } from '../env.ts';
import { isDevelopmentNetwork, networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import { asSigner } from './as-signer.ts';
import type { Api, ApiContext } from './context.ts';
import { addressText, hexText, pageLimit, regionName } from './fields.ts';
import { regionOfRequest } from './places.ts';
import { deliverySchema, endpointSchema, pingSchema, webhookSchema } from './webhook-schemas.ts';

const createBody = z
  .strictObject({
    url: z.string().max(2048),
    types: z.array(z.enum(EVENT_TYPES)).min(1).max(EVENT_TYPES.length).optional(),
    account: addressText.optional(),
    order: hexText.optional(),
    region: regionName.optional(),
  })
  .openapi('WebhookRequest', { description: 'What is not given is not filtered' });
const idParams = z.strictObject({ id: z.string().regex(/^[0-9a-f]{64}$/, 'not 64 lower-case hex digits') });

export function addWebhooks(api: Api): void {
  addWebhookLife(api);
  addWebhookReads(api);
  addWebhookActions(api);
}

function addWebhookLife(api: Api): void {
  addOperation(
    api,
    {
      id: 'createWebhook',
      method: 'post',
      path: '/v1/webhooks',
      tag: 'Webhooks',
      summary: 'Register an endpoint: it is challenged first. The secret is shown once',
      body: { json: createBody },
      idempotent: true,
      signed: true,
      answers: { 201: { description: 'Registered', schema: webhookSchema } },
      refuses: ['webhook_url_refused', 'webhook_challenge_failed', 'too_many_webhooks'],
    },
    async (c, { body: { url, ...filter } }) => {
      const asked = { url, filter: filterOf(filter) };
      return (await requestFault(c, asked)) ?? asSigner(c, () => create(c, asked));
    },
  );
  addOperation(
    api,
    {
      id: 'deleteWebhook',
      method: 'delete',
      path: '/v1/webhooks/{id}',
      tag: 'Webhooks',
      summary: 'Remove an endpoint with its queue, log and secret',
      params: idParams,
      body: 'empty',
      idempotent: true,
      signed: true,
      answers: { 204: { description: 'Removed' } },
      refuses: ['unknown_webhook'],
    },
    (c, { params }) => asSigner(c, () => remove(c, params.id)),
  );
}

function addWebhookReads(api: Api): void {
  addOperation(
    api,
    {
      id: 'listWebhooks',
      method: 'get',
      path: '/v1/webhooks',
      tag: 'Webhooks',
      summary: 'Ids of the signer’s endpoints',
      signed: true,
      answers: {
        200: { description: 'All of them', schema: z.object({ webhooks: z.array(z.object({ id: hexText })) }) },
      },
      refuses: [],
    },
    async (c) => {
      const webhooks = await openLedger(c.env.DB).webhooks(c.get('signer'));
      return Response.json({ webhooks: webhooks.map(({ id }) => ({ id })) });
    },
  );
  addOperation(
    api,
    {
      id: 'getWebhook',
      method: 'get',
      path: '/v1/webhooks/{id}',
      tag: 'Webhooks',
      summary: 'An endpoint: its filter, state, cursor and queue',
      params: idParams,
      signed: true,
      answers: { 200: { description: 'The endpoint', schema: endpointSchema } },
      refuses: ['unknown_webhook'],
    },
    async (c, { params }) => answerOf(await own(c, params.id)),
  );
  addOperation(
    api,
    {
      id: 'listDeliveries',
      method: 'get',
      path: '/v1/webhooks/{id}/deliveries',
      tag: 'Webhooks',
      summary: 'The last deliveries, newest first, each with its answer’s first 1 KB',
      params: idParams,
      query: z.strictObject({ limit: pageLimit }),
      signed: true,
      answers: { 200: { description: 'Deliveries', schema: z.object({ deliveries: z.array(deliverySchema) }) } },
      refuses: ['unknown_webhook'],
    },
    async (c, { params, query }) => {
      const owned = await own(c, params.id);
      if (!owned.ok) return owned;
      const found = await endpointOf(c.env.ENDPOINT, params.id)?.deliveries(query.limit);
      return found?.ok ? Response.json({ deliveries: found.value }) : fail('unknown_webhook');
    },
  );
}

/** What an owner may have an endpoint do. Each is safe to repeat. */
const ACTIONS = {
  ping: { summary: 'Send a signed ping now', schema: pingSchema, refuses: [] },
  pause: { summary: 'Stop sending; the cursor stays where it is', schema: endpointSchema, refuses: [] },
  resume: {
    summary: 'Go on from the cursor. An endpoint that answered 410 is challenged first',
    schema: endpointSchema,
    refuses: ['webhook_challenge_failed'],
  },
} as const;

function addWebhookActions(api: Api): void {
  for (const [action, { summary, schema, refuses }] of Object.entries(ACTIONS)) {
    addOperation(
      api,
      {
        id: `${action}Webhook`,
        method: 'post',
        path: `/v1/webhooks/{id}/${action}`,
        tag: 'Webhooks',
        summary,
        params: idParams,
        body: 'empty',
        idempotent: true,
        signed: true,
        answers: { 200: { description: 'Done', schema } },
        refuses: ['unknown_webhook', ...refuses],
      },
      (c, { params }) =>
        asSigner(c, async () => {
          const owned = await own(c, params.id);
          const endpoint = endpointOf(c.env.ENDPOINT, params.id);
          if (!owned.ok || !endpoint) return fail('unknown_webhook');
          return answerOf<object>(await endpoint[action as keyof typeof ACTIONS]());
        }),
    );
  }
}

const answerOf = <T extends object>(result: Result<T>): Response | Failure =>
  result.ok ? Response.json(result.value) : result;

/** An endpoint that belongs to somebody else does not exist for this caller. */
async function own(c: ApiContext, id: string) {
  const described = await endpointOf(c.env.ENDPOINT, id)?.describe();
  if (!described?.ok) return fail('unknown_webhook');
  return described.value.account === addressOf(c.get('signer')) ? described : fail('unknown_webhook');
}

interface Asked {
  readonly url: string;
  readonly filter: WebhookFilter;
}

/** Judged before a key is claimed, an endpoint registered or its object made; the object judges again. */
async function requestFault(c: ApiContext, { url, filter }: Asked): Promise<Failure | undefined> {
  const urlFault = webhookUrlFault(url, await isDevelopmentNetwork(c.env));
  if (urlFault) return fail('webhook_url_refused', urlFault, 'url');
  const filterFault = webhookFilterFault(filter);
  return filterFault && fail('invalid_field', filterFault.reason, filterFault.param);
}

/** Registered before it is created: the count is bounded, and no block between the two goes by unheard. */
async function create(c: ApiContext, { url, filter }: Asked): Promise<Response | Failure> {
  const { genesis } = await networkOf(c.env);
  const ledger = openLedger(c.env.DB);
  const endpoint = newEndpoint(c.env.ENDPOINT, regionOfRequest(c.req.raw, genesis));
  const id = endpoint.id.toString();
  const account = c.get('signer');
  if ((await ledger.addWebhook({ id, account, createdMs: BigInt(Date.now()) })) === 'full') {
    return fail('too_many_webhooks');
  }
  let created: Result<CreatedEndpoint> | undefined;
  try {
    const signingSeed = await regionStub(c.env, regionOf(genesis.sequencerRegion)).webhookSeed();
    created = await endpoint.create({ url, account: addressOf(account), filter, signingSeed });
  } finally {
    if (!created?.ok) await ledger.removeWebhook(id);
  }
  if (!created.ok) return created;
  const { secret, publicKey } = created.value;
  return Response.json({ id, url, secret, publicKey }, { status: 201, headers: { location: `/v1/webhooks/${id}` } });
}

function filterOf({ types, account, order, region }: Omit<z.output<typeof createBody>, 'url'>): WebhookFilter {
  return {
    ...(types === undefined ? {} : { types }),
    ...(account === undefined ? {} : { account }),
    ...(order === undefined ? {} : { order }),
    ...(region === undefined ? {} : { region }),
  };
}

async function remove(c: ApiContext, id: string): Promise<Response | Failure> {
  const owned = await own(c, id);
  if (!owned.ok) return owned;
  await openLedger(c.env.DB).removeWebhook(id);
  await endpointOf(c.env.ENDPOINT, id)?.remove();
  return new Response(null, { status: 204 });
}
