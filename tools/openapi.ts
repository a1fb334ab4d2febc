/**
 * `npm run openapi [-- --check]`: writes openapi.json from the API's own route definitions, or refuses when the committed file
 * differs from them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { isMain, report } from './report.ts';

const root = resolve(import.meta.dirname, '..');
export const OPENAPI_FILE = resolve(root, 'openapi.json');
const SOURCE = 'workers/api/openapi.ts';

/** By its path, not by its type: workers/ is checked against another set of globals than this program. */
export async function openApiText(): Promise<string> {
  const api: { openApiDocument?: () => unknown } = await import(pathToFileURL(resolve(root, SOURCE)).href);
  if (api.openApiDocument === undefined) throw new Error(`${SOURCE} exports no openApiDocument()`);
  return `${JSON.stringify(api.openApiDocument(), null, 2)}\n`;
}

if (isMain(import.meta)) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const text = await openApiText();
  if (values.check) {
    const isSame = readFileSync(OPENAPI_FILE, 'utf8') === text;
    report('openapi', isSame ? [] : ['openapi.json differs from the routes: npm run openapi']);
  } else {
    writeFileSync(OPENAPI_FILE, text);
    console.log(`openapi.json: ${text.length} characters`);
  }
}
