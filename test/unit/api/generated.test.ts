import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../../protocol/errors.ts';
import { ERRORS_FILE, errorsText } from '../../../tools/errors-doc.ts';
import { OPENAPI_FILE, openApiText } from '../../../tools/openapi.ts';
import { docsPage, escapeHtml } from '../../../workers/api/docs-page.ts';

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string }[];
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
}
const document = JSON.parse(await openApiText()) as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('openapi.json', () => {
  it('is what the routes say', async () => {
    expect(readFileSync(OPENAPI_FILE, 'utf8'), 'npm run openapi').toBe(await openApiText());
  });

  it('is 3.1, with one id an operation', () => {
    expect(document.openapi).toBe('3.1.0');
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('answers every refusal with a problem document, under the status of its code', () => {
    const http = new Map(Object.values(ERRORS).map(({ code, http }) => [code as string, String(http)]));
    for (const { path, operation } of operations) {
      for (const [status, response] of Object.entries(operation.responses)) {
        if (Number(status) < 400) continue;
        expect(Object.keys(response.content ?? {}), path).toEqual(['application/problem+json']);
        for (const code of response.description.match(/\w+/g) ?? [])
          expect(http.get(code), `${path} ${code}`).toBe(status);
      }
    }
  });

  // A quote and a verification change nothing; a number of lies may be set again, and a cosignature is worth the same twice. A job is
  // under its lease: recorded once, and given to nobody else meanwhile.
  const keyless = ['/v1/quotes', '/v1/proofs/verify', '/v1/dev/lies', '/v1/log/cosignatures'];
  it('asks for an Idempotency-Key on every POST and DELETE that changes state, and on nothing else', () => {
    for (const { path, method, operation } of operations) {
      const asks = operation.parameters?.some(({ name }) => name === 'Idempotency-Key') ?? false;
      expect(asks, `${method} ${path}`).toBe(
        method !== 'get' && !keyless.includes(path) && !path.startsWith('/v1/provider/jobs/'),
      );
    }
  });
});

describe('docs/errors.md', () => {
  it('is what protocol/errors.ts says', () => {
    expect(readFileSync(ERRORS_FILE, 'utf8'), 'node tools/errors-doc.ts').toBe(errorsText());
  });
  it('has every code once', () => {
    for (const { code } of Object.values(ERRORS)) expect(errorsText().split(`\`${code}\``).length, code).toBe(2);
  });
});

describe('the page at /docs', () => {
  const page = docsPage(document);
  it('shows every operation and every error code', () => {
    for (const { operation } of operations) expect(page).toContain(`id="${operation.operationId}"`);
    for (const { code } of Object.values(ERRORS)) expect(page).toContain(`id="${code}"`);
  });
  it('asks no other host and runs no script', () => {
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(page).not.toContain('<script');
  });
  it('shows text as text', () => {
    expect(escapeHtml('<b a="1">&')).toBe('&lt;b a=&quot;1&quot;&gt;&amp;');
  });
});
