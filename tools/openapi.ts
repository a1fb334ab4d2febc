/**
 * `npm run openapi [-- --check]`: writes openapi.json from the API's own route definitions, or refuses when the committed file
 * differs from them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { report } from './report.ts';

const root = resolve(import.meta.dirname, '..');
const file = resolve(root, 'openapi.json');

const source = 'workers/api/openapi.ts';
const api: { openApiDocument?: () => unknown } = await import(pathToFileURL(resolve(root, source)).href);
if (api.openApiDocument === undefined) throw new Error(`${source} exports no openApiDocument()`);
const text = `${JSON.stringify(api.openApiDocument(), null, 2)}\n`;

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
if (values.check) {
  report(
    'openapi',
    readFileSync(file, 'utf8') === text ? [] : ['openapi.json differs from the routes: npm run openapi'],
  );
} else {
  writeFileSync(file, text);
  console.log(`openapi.json: ${text.length} characters`);
}
