/** /openapi.json and /docs: the API describes itself, and asks nobody else for anything. */
import type { Api } from './context.ts';
import { docsPage } from './docs-page.ts';
import { describe } from './openapi.ts';

/** Nothing but the page's own style sheet, not even a script. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function addDocs(api: Api): void {
  // Made on the first request: starting an isolate has one second, and few ask.
  let document: object | undefined;
  const described = (): object => {
    document ??= describe(api);
    return document;
  };
  api.get('/openapi.json', () => Response.json(described()));
  api.get('/docs', () => {
    const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': CONTENT_SECURITY_POLICY };
    return new Response(docsPage(described()), { headers });
  });
}
