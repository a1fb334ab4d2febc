/** Starts the whole network on this machine, in miniflare: the one place that does, for demo, `hai up`, tests and benches. */
import { Log, LogLevel, Miniflare } from 'miniflare';
import { parseProcesses } from '../protocol/provider-jobs.ts';
import { buildMissing } from './build.ts';
import { bundleOnce, type WorkerBundle } from './bundle.ts';
import { applyMigrations } from './migrate.ts';
import { miniflareOptions, type NetworkOptions } from './options.ts';
import { verifierBeside } from './verifier.ts';

export interface LocalNetwork {
  readonly url: string;
  /** Hash of the genesis, hex. */
  readonly genesis: string;
  readonly miniflare: Miniflare;
  /** A `fetch` whose requests arrive from a place: `request.cf` as Cloudflare would set it. */
  fetchFrom(cf: Record<string, string>): typeof fetch;
  close(): Promise<void>;
}

/** Keeps workerd, and what it loads, off the outer network. */
const OFFLINE = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
};

/** Throws RangeError for processes that are none: else only their requests would find out. */
export async function startNetwork(options: NetworkOptions = {}): Promise<LocalNetwork> {
  parseProcesses(options.providerProcesses ?? '');
  Object.assign(process.env, OFFLINE);
  const bundle = options.bundle ?? (await built(options.entry));
  const stdio = options.quiet === false && !options.onLog ? {} : { handleRuntimeStdio: readInto(options.onLog) };
  const verifier = options.verifier ? await verifierBeside(bundle, stdio) : undefined;
  let miniflare: Miniflare | undefined;
  const close = async () => {
    try {
      await miniflare?.dispose();
    } finally {
      await verifier?.close();
    }
  };
  try {
    miniflare = new Miniflare({
      ...miniflareOptions(bundle, options, verifier?.address),
      log: new Log(options.quiet === false ? LogLevel.INFO : LogLevel.ERROR),
      ...stdio,
    });
    return await opened(miniflare, close);
  } catch (error) {
    // A busy port, a broken storage: nothing is left running.
    await close().catch(() => undefined);
    throw error;
  }
}

async function built(entry: string | undefined): Promise<WorkerBundle> {
  await buildMissing();
  return bundleOnce(entry);
}

async function opened(miniflare: Miniflare, close: () => Promise<void>): Promise<LocalNetwork> {
  const url = (await miniflare.ready).origin;
  await applyMigrations(miniflare);
  const response = await miniflare.dispatchFetch(`${url}/v1/genesis`);
  if (!response.ok) {
    throw new Error(`the network did not start: ${response.status} ${await response.text()}`);
  }
  const { hash } = (await response.json()) as { hash: string };
  return {
    url,
    genesis: hash,
    miniflare,
    fetchFrom: (cf) => placedFetch(miniflare, cf),
    close,
  };
}

/** Reads both streams to their end, or workerd would stop at a full pipe. */
function readInto(onLog: (text: string) => void = () => {}) {
  return (...streams: NodeJS.ReadableStream[]): void => {
    for (const stream of streams) stream.on('data', (piece: Buffer) => onLog(piece.toString()));
  };
}

function placedFetch(miniflare: Miniflare, cf: Record<string, string>): typeof fetch {
  const placed = async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init);
    const headers = new Headers(request.headers);
    const body = request.body ? new Uint8Array(await request.arrayBuffer()) : undefined;
    // Miniflare would send a body without its length, in chunks.
    if (body) headers.set('content-length', String(body.length));
    return miniflare.dispatchFetch(request.url, {
      method: request.method,
      headers,
      body,
      cf,
      signal: request.signal,
    } as never);
  };
  return placed as unknown as typeof fetch;
}
