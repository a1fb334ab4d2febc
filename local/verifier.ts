/** The Worker's verifier in a workerd of its own: signatures and proposals are then checked on another core than the objects run on. */
import { availableParallelism } from 'node:os';
import { Log, LogLevel, Miniflare } from 'miniflare';
import type { WorkerBundle } from './bundle.ts';
import { COMPATIBILITY_DATE, modulesOf } from './options.ts';

const NAME = 'hai-verifier';

export interface LocalVerifier {
  /** Host and port, of this machine alone. */
  readonly address: string;
  close(): Promise<void>;
}

/** Undefined on a single core, where there is nothing to gain, and when it does not start: the network does without. */
export async function verifierBeside(...of: Parameters<typeof startVerifier>): Promise<LocalVerifier | undefined> {
  if (availableParallelism() < 2) return undefined;
  try {
    return await startVerifier(...of);
  } catch (error) {
    console.error(JSON.stringify({ event: 'verifier_away', reason: (error as Error).message }));
    return undefined;
  }
}

/** `stdio`: miniflare's option for what workerd prints. */
async function startVerifier(
  bundle: WorkerBundle,
  stdio: { readonly handleRuntimeStdio?: (...streams: NodeJS.ReadableStream[]) => void },
): Promise<LocalVerifier> {
  const miniflare = new Miniflare({
    name: NAME,
    host: '127.0.0.1',
    port: 0,
    compatibilityDate: COMPATIBILITY_DATE,
    modules: modulesOf(bundle),
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0, entrypoint: 'Verifier' }],
    log: new Log(LogLevel.ERROR),
    ...stdio,
  });
  try {
    const { host } = await miniflare.unsafeGetDirectURL(NAME, 'Verifier');
    return { address: host, close: () => miniflare.dispose() };
  } catch (error) {
    await miniflare.dispose().catch(() => undefined);
    throw error;
  }
}
