/** A visit to the page, with everything noted that must not happen on it. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core';

/** Ignored by git; for a person to look at. */
const SCREENSHOTS = fileURLToPath(new URL('../../.cache/browser/', import.meta.url));
/** The head of a table's or of rows' plaintext bytes: magic, and a number of rows below 2^16. */
const PLAINTEXT = /H(?:TB[12]|RW1)..\0\0/s;

export interface Visit {
  readonly page: Page;
  /** Errors and warnings in the console, and uncaught exceptions. */
  readonly complaints: string[];
  /** Requests that left the origin. */
  readonly foreign: string[];
  /** Requests whose body shows a row. */
  readonly plain: string[];
  /** Content types of order event streams. */
  readonly streams: string[];
  screenshot(name: string): Promise<void>;
  end(): Promise<void>;
}

/** A request's body, and what its JSON holds in base64, a character a byte. */
function shownBytes(request: Request): string[] {
  const body = request.postDataBuffer()?.toString('latin1') ?? '';
  // Ciphertext may begin with any byte.
  if (!request.headers()['content-type']?.startsWith('application/json')) return [body];
  const texts = Object.values(JSON.parse(body) as object).filter((value) => typeof value === 'string');
  return [body, ...texts.map((text) => Buffer.from(text, 'base64').toString('latin1'))];
}

export async function visit(
  browser: Browser,
  origin: string,
  path = '/',
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const [complaints, foreign, plain, streams]: [string[], string[], string[], string[]] = [[], [], [], []];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error}`));
  page.on('request', (request) => {
    const { protocol, origin: to } = new URL(request.url());
    if (to !== origin && protocol !== 'data:' && protocol !== 'blob:') foreign.push(request.url());
    if (shownBytes(request).some((bytes) => PLAINTEXT.test(bytes))) plain.push(request.url());
  });
  page.on('response', (response) => {
    if (/\/v1\/orders\/[0-9a-f]{64}\/events$/.test(response.url())) {
      streams.push(response.headers()['content-type'] ?? 'none');
    }
  });
  await page.goto(`${origin}${path}`);
  return {
    page,
    complaints,
    foreign,
    plain,
    streams,
    async screenshot(name) {
      await mkdir(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage: true });
    },
    end: () => context.close(),
  };
}

/** Drops a file on the page as a mouse would. */
export async function dropFile(page: Page, name: string, content: string | Uint8Array, at = '.drop'): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([fileName, base64]) => {
      const made = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64 as string), (character) => character.charCodeAt(0));
      made.items.add(new File([bytes], fileName as string));
      return made;
    },
    [name, Buffer.from(content).toString('base64')],
  );
  await page.dispatchEvent(at, 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent(at, 'drop', { dataTransfer: transfer });
}

/** Two classes that a line tells apart, 60 rows. */
export function separableCsv(): string {
  const rows = Array.from({ length: 60 }, (_, row) => {
    const kind = row % 2;
    return `${kind * 4 + (row % 7) / 10},${kind * -3 + (row % 5) / 10},${row % 3},${kind + 1}`;
  });
  return `width,height,noise,kind\n${rows.join('\n')}\n`;
}
