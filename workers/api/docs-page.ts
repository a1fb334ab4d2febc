/** The page at /docs: every operation and every error code, from the same description as openapi.json. Pure. */
import { ERRORS } from '../../protocol/errors.ts';

interface Described {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly operationId?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
  readonly security?: readonly unknown[];
}
interface Document {
  readonly info?: { readonly title?: string; readonly description?: string };
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (character) => ESCAPES[character] as string);

/** `code` between back-ticks, as descriptions write it. */
const prose = (text: string): string => escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function operationHtml(method: string, path: string, described: Described): string {
  const { operationId = '', summary = '', parameters = [], requestBody, responses, security } = described;
  const takes = [
    ...parameters.map(({ name, in: place, required, description }) => {
      return row([
        `<code>${escapeHtml(name)}</code>`,
        `${place}${required ? ', needed' : ''}`,
        prose(description ?? ''),
      ]);
    }),
    ...Object.keys(requestBody?.content ?? {}).map((type) => row(['body', `<code>${escapeHtml(type)}</code>`, ''])),
    ...(security ? [row(['signature', 'headers', 'Signed by an account'])] : []),
  ];
  const answers = Object.entries(responses).map(([status, { description }]) => row([status, prose(description), '']));
  return [
    `<article id="${escapeHtml(operationId)}">`,
    `<h3><b>${method.toUpperCase()}</b> <code>${escapeHtml(path)}</code></h3><p>${prose(summary)}</p>`,
    `<table><tbody>${[...takes, ...answers].join('')}</tbody></table></article>`,
  ].join('\n');
}

function operationsByTag({ paths = {} }: Document): Map<string, string[]> {
  const byTag = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, described] of Object.entries(methods)) {
      const tag = described.tags?.[0] ?? '';
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationHtml(method, path, described)]);
    }
  }
  return byTag;
}

function errorsHtml(): string {
  const rows = Object.entries(ERRORS).map(([number, { code, http, retryable, title }]) => {
    const cells = [number, `<code>${code}</code>`, String(http), retryable ? 'yes' : '', escapeHtml(title)];
    return row(cells).replace('<tr>', `<tr id="${code}">`);
  });
  const head = ['number', 'code', 'status', 'retry', 'meaning'].map((name) => `<th scope="col">${name}</th>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}

const STYLE = [
  ':root{color-scheme:light dark}',
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}',
  'article{border-top:1px solid #8886;padding:.5rem 0}',
  'h3{font-weight:400;margin:.5rem 0}',
  'table{border-collapse:collapse;width:100%;font-size:.875rem}',
  'td,th{padding:.2rem .6rem .2rem 0;text-align:left;vertical-align:top}',
  'tr:target{background:#fc36}',
].join('');

export function docsPage(document: object): string {
  const described = document as Document;
  const title = escapeHtml(described.info?.title ?? '');
  const groups = [...operationsByTag(described)].map(([tag, articles]) => {
    return `<section><h2>${escapeHtml(tag)}</h2>${articles.join('\n')}</section>`;
  });
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title} API</title>`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<style>${STYLE}</style></head><body>`,
    `<main><h1>${title} API</h1><p>${prose(described.info?.description ?? '')}</p>`,
    '<p>Machine-readable: <a href="/openapi.json">/openapi.json</a></p>',
    ...groups,
    `<section><h2>Errors</h2>${errorsHtml()}</section></main></body></html>`,
  ].join('\n');
}
