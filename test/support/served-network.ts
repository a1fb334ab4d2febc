/** A network in a process group of its own (serve.ts), which SIGKILL takes down whole: Node and workerd. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { serialize } from 'node:v8';
import { buildMissing } from '../../local/build.ts';
import { bundleOnce } from '../../local/bundle.ts';

const SERVE = join(import.meta.dirname, 'serve.ts');
const START_MS_MAX = 60_000;

export interface Served {
  readonly url: string;
  readonly genesis: string;
}

/** A port that was free a moment ago: the same for every start, so that clients find the network again. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export class ServedNetwork {
  readonly #args: readonly string[];
  readonly #bundle: string;
  #isBundled = false;
  #child: ChildProcess | undefined;

  constructor(options: { persist: string; port: number; leaseMs: number; verifier?: boolean }) {
    const { persist, port, leaseMs, verifier = false } = options;
    this.#bundle = join(persist, 'bundle');
    this.#args = [
      '--persist',
      persist,
      '--port',
      String(port),
      '--lease-ms',
      String(leaseMs),
      '--bundle',
      this.#bundle,
      ...(verifier ? ['--verifier'] : []),
    ];
  }

  async start(): Promise<Served> {
    await this.#bundleFirst();
    const child = spawn(process.execPath, [SERVE, ...this.#args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let stderr = '';
    child.stderr.on('data', (piece: Buffer) => {
      stderr += piece.toString();
    });
    const ready = once(createInterface(child.stdout), 'line', { signal: AbortSignal.timeout(START_MS_MAX) });
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`the network ended: ${stderr}`)));
    // When it is killed later, nobody waits for this any more.
    ended.catch(() => {});
    const [line] = (await Promise.race([ready, ended])) as [string];
    return JSON.parse(line) as Served;
  }

  /** Once for all starts: it takes a second of each. */
  async #bundleFirst(): Promise<void> {
    if (this.#isBundled) return;
    await buildMissing();
    await writeFile(this.#bundle, serialize(await bundleOnce()));
    this.#isBundled = true;
  }

  /** Every process of the group at once, wherever each is. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    process.kill(-child.pid, 'SIGKILL');
    await exited;
  }
}
