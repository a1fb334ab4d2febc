/**
 * The JSON that the HTTP API speaks: shared by the Workers that write it and the SDK, CLI and page that read it. Money,
 * cycles, heights and times are decimal strings; keys and hashes are lower-case hex; accounts are addresses; bytes are base64.
 */

import type { OrderState, Step } from './order/lifecycle.ts';
import type { Region } from './regions.ts';

export interface WireTrainWork {
  kind: 'train';
  rows: number;
  features: number;
  hidden: number;
  classes: number;
  epochs: number;
  batch: number;
  seed: string;
}
export interface WirePredictWork {
  kind: 'predict';
  rows: number;
  model: string;
}
/** A search for a model over a typed table, within a budget. Metered: the bill is what its jobs took. */
export interface WireSearchWork {
  kind: 'search';
  rows: number;
  columns: number;
  /** 0 where the target is a value, or nothing. */
  classes: number;
  images: boolean;
  trials: number;
  folds: number;
  /** Cycles at most: the quote. */
  budget: string;
  /** Cycles at most that the model may take to predict a row. */
  rowCycles: number;
  seed: string;
}
/** Typed rows by the model of a search. Metered. */
export interface WirePredictTableWork {
  kind: 'predictTable';
  rows: number;
  model: string;
}
export type WireWork = WireTrainWork | WirePredictWork | WireSearchWork | WirePredictTableWork;

/** One job of a search, as far as it is. */
export interface WireJob {
  index: number;
  round: number;
  /** `dropped`: the search was stopped before it was done, and it bills nothing. */
  state: 'waiting' | 'running' | 'done' | 'dropped';
  /** Billed once it is done; before, what its last slice counted. */
  cycles: string;
  /** The job's summary under the order's content key, label `summary`; base64. */
  summary: string | null;
}

/** Of the attempt that is under way, or that was paid. */
export interface WireJobs {
  attempt: number;
  budget: string;
  /** Of all jobs that are done, on whichever page. */
  cycles: string;
  stopped: boolean;
  /** A page, by index. */
  jobs: WireJob[];
  /** Cursor of the page that follows, or null. */
  next: string | null;
  /** Cursor behind the last job that is told here and before which none is open: what comes before it never changes in this attempt. */
  resume: string;
}

export interface WireAttempt {
  attempt: number;
  provider: string;
  verdict: 'pending' | 'passed' | 'failed';
  method: 'recompute' | 'freivalds' | 'replay' | null;
  checkedParts: number | null;
}

export interface WireOrder {
  id: string;
  state: OrderState;
  region: Region;
  demander: string;
  nonce: string;
  work: WireWork;
  priceLimitZhi: string;
  confirm: { kind: 'auto' } | { kind: 'manual'; windowMs: string };
  deadlineMs: string;
  quote: { cycles: string; priceZhi: string; durationMs: string };
  /** How the work reached the compute function: by direct call, or through a queue. */
  path: 'direct' | 'queue';
  attempts: WireAttempt[];
  progress: { chunk: number; chunks: number } | null;
  bill: { cycles: string; priceZhi: string; refundZhi: string } | null;
  /** Tiles in which the result of a large prediction comes; null for a result in one piece. */
  tiles: number | null;
  results: number | null;
  resultRoot: string | null;
  /**
   * Unix ms at which each step was done; null while it was not. `deliver`: handed to the streams that watch the order; each
   * webhook keeps a log of its own.
   */
  steps: Record<Step, string | null>;
  /** The block that finished the order. */
  block: { height: string; hash: string } | null;
  /** Why nobody was paid, for an order that ended without a result. */
  failure: { code: string; detail: string } | null;
  /** Finished, and sealed in a final block. */
  final: boolean;
}

export interface WireBlock {
  height: string;
  hash: string;
  parent: string;
  timeMs: string;
  region: Region;
  proposerSeat: number;
  epoch: string;
  round: number;
  regime: string;
  txRoot: string;
  receiptRoot: string;
  stateRoot: string;
  supplyZhi: string;
  resourceRoot: string;
  commitmentRoot: string;
  electionRoot: string;
  cyclesBilled: string;
  /** In this block; see protocol/money/supply.ts. */
  mintedZhi: string;
  burnedZhi: string;
  transactions: { hash: string; type: string; outcome: number[] }[];
  /** Canonical bytes, base64: what a light client verifies. */
  header: string;
  certificate: string;
  seats: number[];
}

/** Against the state root of `header`, which `certificate` makes final; canonical bytes in base64. */
export interface WireStateProof {
  height: string;
  header: string;
  certificate: string;
  proof: string;
}

/** Null: the proof is of the account's absence. */
export interface WireAccountProof extends WireStateProof {
  address: string;
  account: { balanceZhi: string; nonce: string; homeRegion: Region } | null;
}

/** Nulls: the proof is of the order's absence from the chain. */
export interface WireOrderProof extends WireStateProof {
  order: string;
  state: string | null;
  /** Canonical bytes of the chain's record: protocol/order/record.ts. */
  record: string | null;
}

export interface WireSupplyProof extends WireStateProof {
  supplyZhi: string;
}

/** How far the log of headers is. `fault`: why its last round took in nothing. */
export interface WireLog {
  size: string;
  fault: { code: 'log_rolled_back' | 'header_invalid' | 'log_failed'; reason: string } | null;
}

/** That a leaf is in the log of `size` leaves: hashes in base64, leaf side first. */
export interface WireInclusionProof {
  index: string;
  size: string;
  path: string[];
}

/** That the log of `from` leaves is the beginning of the log of `to` leaves. */
export interface WireConsistencyProof {
  from: string;
  to: string;
  path: string[];
}

export interface WireTransaction {
  hash: string;
  type: string;
  sender: string;
  nonce: string;
  /** `pending` is durable; exactly one of the others follows. */
  status: 'pending' | 'applied' | 'refused' | 'expired';
  code: string | null;
  entries: number[] | null;
  height: string | null;
  index: number | null;
}

/** Of a batch: one of the two is null. */
export interface WireBatchOutcome {
  transaction: WireTransaction | null;
  refused: { code: string; number: number; title: string; detail: string | null; retryable: boolean } | null;
}

export interface WireAccount {
  address: string;
  homeRegion: Region;
  balanceZhi: string;
  /** Held back for what is pending at this account's expense; not yet in a block. */
  reservedZhi: string;
  /** The nonce that the next transaction must carry, pending ones counted. */
  nextNonce: string;
}

/** An account's name for a model. */
export interface WireEndpoint {
  owner: string;
  name: string;
  /** The version that answers. */
  active: number;
  /** Oldest first; the order is what a prediction names as its model. */
  versions: { version: number; order: string }[];
}

export interface WireEndpoints {
  endpoints: WireEndpoint[];
  /** The `after` of the page that follows, or null. */
  next: string | null;
}

/** What `key` may still spend on orders in the name of `payer`. */
export interface WireAllowance {
  payer: string;
  key: string;
  leftZhi: string;
  /** The last height at which the key may open an order. */
  expiryHeight: string;
}

/** What an account votes with. */
export interface WireBond {
  address: string;
  bondedZhi: string;
  /** Oldest first. */
  unbonding: { amountZhi: string; releaseMs: string }[];
  /** Whom its weight speaks for. */
  candidate: string | null;
}

export interface WireQuote {
  priceTableVersion: number;
  cycles: string;
  homeRegion: Region;
  /** Best first; seal the content key to the first three, and to the checker. */
  quotes: { provider: string; region: Region; priceZhi: string; durationMs: string; sealKey: string }[];
  checkerSealKey: string;
}

/** Null stands for the genesis. */
export interface WireSetBy {
  proposal: string;
  proposer: string;
  /** Height at which it was enacted. */
  height: string;
  /** Numbers of the seats that approved. */
  seats: number[];
  yesZhi: string;
  noZhi: string;
}

export interface WireParameter {
  name: string;
  value: string;
  unit: string;
  range: string;
  reason: string;
  /** By block time. */
  sinceMs: string;
  setBy: WireSetBy | null;
  /** What was voted for and does not hold yet. */
  scheduled: { value: string; fromMs: string; setBy: WireSetBy | null } | null;
  /** What a proposal has to name as what it replaces. */
  version: string;
}

export interface WireParametersProof extends WireStateProof {
  /** Canonical bytes of the record of what was set; null: the proof is of its absence, and the genesis' values hold. */
  record: string | null;
}

export interface WireProposal {
  id: string;
  parameter: string;
  value: string;
  replaces: string;
  proposer: string;
  height: string;
  proposedMs: string;
  endMs: string;
  delayMs: string;
  /** From `enactFromMs` to before `lapsesMs` it may be enacted, if it is accepted. */
  enactFromMs: string;
  lapsesMs: string;
  turnoutZhi: string;
  /** Numbers of the seats that approve. */
  seats: number[];
  yesZhi: string;
  noZhi: string;
  state: 'voting' | 'accepted' | 'rejected' | 'enacted' | 'lapsed';
  enacted: { height: string; timeMs: string; fromMs: string } | null;
}

/** Of seats whose keys the network's own objects hold. */
export interface WireApproval {
  seat: number;
  signature: string;
}

export interface WireApprovals {
  approvals: WireApproval[];
  /** Regions that did not answer in time: their seats may approve all the same. */
  unanswered: Region[];
}

export interface WireChain {
  genesis: string;
  network: string;
  mode: 'hosted' | 'quorum';
  profile: 'production' | 'development';
  tip: { height: string; hash: string; timeMs: string };
  /** What a transaction has to pay that is sent now: a rise that is near counts already. */
  baseFeeZhi: string;
  supplyZhi: string;
  /** Of the system accounts and of everybody else; sums to the supply. */
  supplyByClass: Record<string, string>;
}

export interface WireProblem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  code: string;
  number: number;
  param?: string;
  request_id: string;
  retryable: boolean;
}
