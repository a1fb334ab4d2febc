/** The description of the API, from its own routes: /openapi.json, and the committed openapi.json that must equal it. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Api, ApiEnv } from './context.ts';
import { SECURITY_SCHEMES } from './operation-docs.ts';
import { addRoutes } from './routes.ts';

const DESCRIPTION = [
  'Orders for AI compute that anyone can check. Money, cycles, heights and times are decimal strings; ids and keys are',
  'lower-case hex; accounts are addresses; bytes are base64. Errors are RFC 9457 problem documents with a stable `code`',
  'of the closed set in docs/errors.md. The server never builds a transaction: clients sign.',
].join(' ');

/** Of an API whose routes are all there. */
export function describe(api: Api): object {
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'HAI Chain',
      version: '1',
      description: DESCRIPTION,
      license: { name: 'GPL-3.0-or-later' },
    },
    servers: [{ url: '/' }],
  });
}

export function newApi(): Api {
  // Paths are what they are: /v1/orders/ is not /v1/orders.
  const api = new OpenAPIHono<ApiEnv>({ strict: true });
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES)) {
    api.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
  }
  return api;
}

/** For tools/openapi.ts: no binding is touched. */
export function openApiDocument(): object {
  const api = newApi();
  addRoutes(api);
  return describe(api);
}
