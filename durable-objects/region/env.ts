import type { VerifierEnv } from '../verifier/ask.ts';

/** Bindings that a region object uses; names as in wrangler.toml. */
export interface RegionEnv extends VerifierEnv {
  readonly DB: D1Database;
  readonly BLOBS: R2Bucket;
  readonly REGION: DurableObjectNamespace;
  readonly ENDPOINT: DurableObjectNamespace;
  readonly PREDICT_QUEUE: Queue<WorkMessage>;
  readonly TRAIN_QUEUE: Queue<WorkMessage>;
  /** "1" on a development network: faucet, lies, short leases. */
  readonly DEV: string;
  /** Overrides LEASE_MS on development networks, so that tests of dead consumers take seconds. */
  readonly LEASE_MS?: string;
  /** Overrides the operations of a job's step on development networks, so that tests see small jobs cut into slices. */
  readonly STEP_OPERATIONS?: string;
  /** Overrides DEADLINE_MARGIN_MS on development networks, so that tests see deadlines pass. */
  readonly DEADLINE_MARGIN_MS?: string;
  /** Measured by whoever starts a local network: over the rate of protocol/genesis.json. */
  readonly HOSTED_RATE?: string;
  /** Whom the grants pay, over protocol/genesis.json, read when the network is founded: `founders=hai1…,devAndOps=hai1…`. */
  readonly BENEFICIARIES?: string;
  /** Proposals that the hosted seats approve: see approve-list.ts. */
  readonly APPROVE_PARAMS?: string;
  /** Whose cosignatures the log's checkpoints carry: keys of protocol/log/witness-list.ts. */
  readonly WITNESSES?: string;
  /** Processes that may compute jobs of searches for the hosted providers: addresses of their keys, with spaces between. */
  readonly PROVIDER_PROCESSES?: string;
}

/** A queue message is a hint: "look at this order", or at this tile or job of it. What there is to do, the lease says. */
export interface WorkMessage {
  readonly region: string;
  readonly order: string;
  readonly tile?: TileMessage;
  readonly job?: JobMessage;
}

/** Sent under an order's lease: once that is given on, its `token` is too old and the message finds nothing to do. */
export interface TileMessage {
  readonly index: number;
  readonly token: number;
  readonly step: TileStep;
}
export const TILE_STEPS = ['compute', 'check'] as const;
export type TileStep = (typeof TILE_STEPS)[number];

/** One job of a search, likewise. */
export interface JobMessage {
  readonly index: number;
  readonly token: number;
  readonly step: TileStep;
}

/** One object a (region, generation). A successor takes new seat keys by a final block; generation 1 is genesis's. */
export const GENERATION = 1;
export const objectName = (region: string): string => `${region}/${GENERATION}`;
