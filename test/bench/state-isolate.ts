/** The Worker of state-worker.ts in workerd, with the heap of a deployed isolate; called and timed from outside, its heap read by the inspector. */
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';
import { bundleWorker } from '../../local/bundle.ts';
import { COMPATIBILITY_DATE } from '../../local/options.ts';

/** workerd enforces no limit of memory by itself; V8 ends the process when more than this is alive on the heap. Buffers are beside it. */
const ISOLATE_FLAGS = '--max-old-space-size=128';
/** How often the heap is looked at while a call goes on: each time it is collected first. */
const SAMPLE_MS = 1_000;

export type Figures = Record<string, number>;
export interface Sample {
  readonly ms: number;
  readonly figures: Figures;
}

export class Isolate {
  readonly #miniflare: Miniflare;
  readonly #url: string;
  readonly #heap: HeapReader;

  private constructor(miniflare: Miniflare, url: string, heap: HeapReader) {
    this.#miniflare = miniflare;
    this.#url = url;
    this.#heap = heap;
  }

  static async start(): Promise<Isolate> {
    const { script } = await bundleWorker(fileURLToPath(new URL('./state-worker.ts', import.meta.url)));
    process.env.MINIFLARE_WORKERD_V8_FLAGS = ISOLATE_FLAGS;
    const miniflare = new Miniflare({
      compatibilityDate: COMPATIBILITY_DATE,
      modules: [{ type: 'ESModule', path: 'main.js', contents: script }],
      durableObjects: { STATE: { className: 'StateObject', useSQLite: true } },
      d1Databases: ['DB'],
      inspectorPort: 0,
    });
    await migrate(miniflare);
    const url = (await miniflare.ready).href;
    return new Isolate(miniflare, url, await HeapReader.of(await miniflare.getInspectorURL()));
  }

  async call(name: string, count = 0): Promise<Sample> {
    const startMs = performance.now();
    const figures = await get(`${this.#url}${name}?count=${count}`);
    return { ms: performance.now() - startMs, figures };
  }

  /** Bytes that are alive in the isolate, code and buffers included. */
  async alive(): Promise<number> {
    // What the last call left to the runtime, such as the cursors of its statements, goes once the isolate is entered again.
    for (let entered = 0; entered < 2; entered++) {
      await this.call('rest');
      await this.#heap.alive();
    }
    return this.#heap.alive();
  }

  /** The most that was found alive while the call went on. */
  async aliveDuring(call: Promise<unknown>): Promise<number> {
    let ended = false;
    const end = call.finally(() => {
      ended = true;
    });
    let most = 0;
    while (!ended) {
      most = Math.max(most, await this.alive());
      await Promise.race([end, new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))]);
    }
    await end;
    return Math.max(most, await this.alive());
  }

  async end(): Promise<void> {
    this.#heap.end();
    await this.#miniflare.dispose();
  }
}

async function migrate(miniflare: Miniflare): Promise<void> {
  const db = await miniflare.getD1Database('DB');
  const folder = new URL('../../migrations/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
  for (const name of files.sort()) {
    const text = readFileSync(new URL(name, folder), 'utf8').replaceAll(/^--.*$/gm, '');
    const statements = text.split(/;\s*\n/).filter((sql) => sql.trim() !== '');
    await db.batch(statements.map((sql) => db.prepare(sql)));
  }
}

/** A connection of its own: one that lay idle while the object worked for a minute is closed under the next request. */
function get(url: string): Promise<Figures> {
  const { promise, resolve, reject } = Promise.withResolvers<Figures>();
  const request = http.get(url, { agent: false }, async (answer) => {
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) text += chunk;
    if (answer.statusCode === 200) resolve(JSON.parse(text));
    else reject(new Error(text));
  });
  request.on('error', reject);
  return promise;
}

interface HeapUsage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize: number;
  readonly backingStorageSize: number;
}

/** V8's inspector protocol, as far as a heap's size needs it. */
class HeapReader {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (usage: HeapUsage) => void>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const { id, result } = JSON.parse(String(data));
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
  }

  static async of(inspector: URL): Promise<HeapReader> {
    const targets = (await (await fetch(new URL('/json', inspector.href.replace(/^ws/, 'http')))).json()) as {
      id: string;
      webSocketDebuggerUrl: string;
    }[];
    // Beside the Worker that was given, Miniflare lists its own.
    const target = targets.find(({ id }) => id.startsWith('core:user:'));
    if (!target) throw new Error('workerd does not list the Worker');
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error('no connection to the inspector')));
    await promise;
    return new HeapReader(socket);
  }

  async alive(): Promise<number> {
    // workerd collects and does not answer; the next answer comes after it.
    this.#send('HeapProfiler.collectGarbage');
    const { promise, resolve } = Promise.withResolvers<HeapUsage>();
    this.#waiting.set(this.#send('Runtime.getHeapUsage'), resolve);
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = await promise;
    return usedSize + embedderHeapUsedSize + backingStorageSize;
  }

  #send(method: string): number {
    this.#last += 1;
    this.#socket.send(JSON.stringify({ id: this.#last, method, params: {} }));
    return this.#last;
  }

  end(): void {
    this.#socket.close();
  }
}
