/** `node tools/errors-doc.ts [--check]`: writes docs/errors.md from protocol/errors.ts, or refuses when the file differs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ERRORS } from '../protocol/errors.ts';
import { isMain, report } from './report.ts';

export const ERRORS_FILE = resolve(import.meta.dirname, '..', 'docs/errors.md');

const GROUPS: Readonly<Record<string, string>> = {
  1: 'Request shape',
  2: 'Envelope and signature',
  3: 'Account state',
  4: 'Order rules',
  5: 'Data and models',
  6: 'Proofs',
  7: 'Webhooks',
  8: 'Network',
  9: 'Governance',
};

const HEAD = `# Error codes

Generated from \`protocol/errors.ts\` by \`node tools/errors-doc.ts\`; do not edit.

Every expected failure of the network is one of these: in the API's problem documents (RFC 9457: \`code\` and \`number\`), in the
outcomes that blocks record (the number; 0 stands for applied), in the SDK and on the command line. A number is for ever. When
several apply, the lower number is reported. *Retry* tells whether the same request may succeed later.
`;

function group(digit: string, title: string): string {
  const rows = Object.entries(ERRORS)
    .filter(([number]) => number.startsWith(digit))
    .map(([number, { code, http, retryable, title: meaning }]) => {
      return `| ${number} | \`${code}\` | ${http} | ${retryable ? 'yes' : ''} | ${meaning} |`;
    });
  const head = ['| number | code | HTTP | retry | meaning |', '|---|---|---|---|---|'];
  return [`## ${digit}xx: ${title}`, '', ...head, ...rows, ''].join('\n');
}

export function errorsText(): string {
  const strays = Object.keys(ERRORS).filter((number) => GROUPS[number.charAt(0)] === undefined);
  if (strays.length > 0) throw new Error(`no group for ${strays.join(', ')}`);
  return [HEAD, ...Object.entries(GROUPS).map(([digit, title]) => group(digit, title))].join('\n');
}

if (isMain(import.meta)) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const text = errorsText();
  if (values.check) {
    const isSame = readFileSync(ERRORS_FILE, 'utf8') === text;
    report('errors', isSame ? [] : ['docs/errors.md differs from protocol/errors.ts: node tools/errors-doc.ts']);
  } else {
    writeFileSync(ERRORS_FILE, text);
    console.log(`docs/errors.md: ${Object.keys(ERRORS).length} codes`);
  }
}
