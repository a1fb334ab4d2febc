/** Miniflare's options for the whole network. They mirror wrangler.toml; a test holds the two together. */
import { join } from 'node:path';
import type { MiniflareOptions } from 'miniflare';
import { ROOT, type WorkerBundle } from './bundle.ts';

export interface NetworkOptions {
  /** 0 picks a free port. */
  readonly port?: number;
  /** Folder that keeps D1, R2 and the objects' storage; without it everything is gone at the end. */
  readonly persist?: string;
  /** `request.cf` of requests that come in over HTTP. */
  readonly cf?: Record<string, string>;
  readonly leaseMs?: number;
  /** How far ahead an order's deadline must lie at intake. */
  readonly deadlineMarginMs?: number;
  /** HPU cycles a second of a hosted provider, for quotes in seconds. */
  readonly hostedRate?: bigint;
  /** Proposals that the seats approve: ids with commas between, or `all`. */
  readonly approveParams?: string;
  /** Keys of witnesses, whose cosignatures the log's checkpoints carry. */
  readonly witnesses?: string;
  /** Keys of processes that compute jobs of searches, with spaces between. */
  readonly providerProcesses?: string;
  readonly quiet?: boolean;
  /** Gets what workerd prints, in pieces as they come. */
  readonly onLog?: (text: string) => void;
  /** Main module of the Worker, where it is not the one that ships. */
  readonly entry?: string;
  /** Signatures and proposals are checked in a second process (verifier.ts), where the machine has a core for it. */
  readonly verifier?: boolean;
  /** The Worker as another process has bundled it, from sources that are built. */
  readonly bundle?: WorkerBundle;
}

/** Munich: the default region's side of the map. */
const DEFAULT_CF = { continent: 'EU', country: 'DE', longitude: '11.5', latitude: '48.1', colo: 'MUC' };
export const WORKER_NAME = 'hai-chain';
export const COMPATIBILITY_DATE = '2026-07-30';
/** Paths that reach the Worker before the page's assets. */
export const WORKER_FIRST = ['/v1/*', '/healthz', '/openapi.json', '/docs'];

/** The bundle as miniflare loads it. */
export const modulesOf = ({ script, wasm }: WorkerBundle) => [
  { type: 'ESModule' as const, path: 'main.js', contents: script },
  ...wasm.map(({ name, bytes }) => ({ type: 'CompiledWasm' as const, path: name.slice(2), contents: bytes })),
];

/** `verifier`: the host and port of one. */
export function miniflareOptions(bundle: WorkerBundle, options: NetworkOptions, verifier?: string): MiniflareOptions {
  const {
    port = 0,
    persist,
    cf = DEFAULT_CF,
    leaseMs,
    deadlineMarginMs,
    hostedRate,
    approveParams = '',
    witnesses = '',
    providerProcesses = '',
  } = options;
  return {
    name: WORKER_NAME,
    host: '127.0.0.1',
    port,
    cf,
    compatibilityDate: COMPATIBILITY_DATE,
    modules: modulesOf(bundle),
    bindings: {
      DEV: '1',
      APPROVE_PARAMS: approveParams,
      WITNESSES: witnesses,
      PROVIDER_PROCESSES: providerProcesses,
      ...(leaseMs === undefined ? {} : { LEASE_MS: String(leaseMs) }),
      ...(deadlineMarginMs === undefined ? {} : { DEADLINE_MARGIN_MS: String(deadlineMarginMs) }),
      ...(hostedRate === undefined ? {} : { HOSTED_RATE: String(hostedRate) }),
    },
    d1Databases: { DB: 'hai-ledger' },
    r2Buckets: { BLOBS: 'hai-blobs' },
    queueProducers: { PREDICT_QUEUE: 'hai-predict', TRAIN_QUEUE: 'hai-train' },
    queueConsumers: {
      'hai-predict': { maxBatchSize: 32, maxBatchTimeout: 0, maxRetries: 3, deadLetterQueue: 'hai-dead' },
      'hai-train': { maxBatchSize: 1, maxBatchTimeout: 0, maxRetries: 3, deadLetterQueue: 'hai-dead' },
    },
    durableObjects: {
      REGION: { className: 'Region', useSQLite: true },
      ENDPOINT: { className: 'WebhookEndpoint', useSQLite: true },
      PRESENCE: { className: 'PresenceBoard', useSQLite: true },
    },
    serviceBindings: {
      CHECKER: { name: WORKER_NAME, entrypoint: 'Checker' },
      ...(verifier === undefined ? {} : { VERIFIER: { external: { address: verifier, http: {} } } }),
    },
    assets: {
      directory: join(ROOT, 'clients/explorer/dist'),
      binding: 'ASSETS',
      routerConfig: { has_user_worker: true, static_routing: { user_worker: WORKER_FIRST } },
    },
    ...(persist === undefined
      ? {}
      : {
          defaultPersistRoot: persist,
          d1Persist: true,
          r2Persist: true,
          durableObjectsPersist: true,
          kvPersist: true,
          cachePersist: true,
        }),
  } as MiniflareOptions;
}
