/** The HTTP API: what every request passes, then the resources, then what no route answers. */
import { cors } from 'hono/cors';
import { AUTH_HEADERS } from '../../protocol/request-auth.ts';
import type { Api, ApiDeps } from './context.ts';
import { addDocs } from './docs.ts';
import { addFaults } from './faults.ts';
import { REPLAYED_HEADER } from './idempotency.ts';
import { newApi } from './openapi.ts';
import { problemResponse } from './problem.ts';
import { addRoutes } from './routes.ts';
import { failureOf } from './validation.ts';

export const REQUEST_ID_HEADER = 'x-request-id';

/** A browser asks again after this whether it may send. */
const PREFLIGHT_KEPT_SECONDS = 7200;
const NO_BODY = new Uint8Array(0);

/** Any page may call the API: there are no cookies, and whatever changes something is signed. */
const CORS = {
  origin: '*',
  allowMethods: ['GET', 'HEAD', 'POST', 'DELETE'],
  allowHeaders: [
    'content-type',
    'idempotency-key',
    'prefer',
    'last-event-id',
    'if-none-match',
    ...Object.values(AUTH_HEADERS),
  ],
  exposeHeaders: [REQUEST_ID_HEADER, REPLAYED_HEADER, 'location', 'etag', 'preference-applied', 'retry-after', 'allow'],
  maxAge: PREFLIGHT_KEPT_SECONDS,
};

export function createApp(deps: ApiDeps): Api {
  const api = newApi();
  api.defaultHook = (result, c) =>
    result.success ? undefined : problemResponse(failureOf(result.error.issues), c.get('requestId'));
  api.use(cors(CORS));
  api.use(async (c, next) => {
    c.set('deps', deps);
    c.set('requestId', crypto.randomUUID());
    c.set('body', NO_BODY);
    await next();
    c.res.headers.set(REQUEST_ID_HEADER, c.get('requestId'));
    c.res.headers.set('x-content-type-options', 'nosniff');
  });
  addRoutes(api);
  addDocs(api);
  addFaults(api);
  return api;
}
