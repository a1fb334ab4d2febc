/**
 * What a region's Durable Object offers to Workers and to its peers, by native RPC. Values are structured-clone safe.
 * Expected failures come back as `Result`; a thrown error is a fault of ours.
 */
import type { ErrorCode, Result } from '../../protocol/errors.ts';
import type { TilePlan } from '../../protocol/order/tiles.ts';
import type { CheckMethod } from '../../protocol/tx/result-proof.ts';
import type { WireOrder, WireTransaction } from '../../protocol/wire.ts';
import type { CheckpointChoice, LogStanding } from './sequencer/log-answers.ts';
import type { StatePlace } from './sequencer/state-place.ts';

/** Scope: (account, key). `requestHash` covers method, path and body. */
export interface IdempotencyClaim {
  readonly account: Uint8Array;
  readonly key: string;
  readonly requestHash: Uint8Array;
}

/** An answer kept for 24 h under its Idempotency-Key. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** `new`: go on and answer; `stored`: replay. In flight and reused keys are failures. */
export type IdempotencyVerdict = Result<
  { readonly kind: 'new' } | { readonly kind: 'stored'; readonly answer: StoredAnswer }
>;

export interface OrderIntake {
  readonly transaction: Uint8Array;
  readonly sealed: Uint8Array;
  readonly idempotency: IdempotencyClaim;
  /** Forces the queue even where the work is small enough for a direct call. */
  readonly preferQueue: boolean;
}

/** What a compute slice needs. `contentKey` opens the envelope for the provider; it never leaves this call. */
export interface Lease {
  readonly order: Uint8Array;
  readonly attempt: number;
  /** Rises with each lease of the order: a completion under an older one is refused with `lease_lost`. */
  readonly token: number;
  readonly work: WireOrder['work'];
  readonly demander: Uint8Array;
  readonly contentKey: Uint8Array;
  readonly sealed: Uint8Array;
  readonly inputs: Uint8Array[];
  /** Chunks that are done, and the state after the last of them (sealed), for work that runs in chunks. */
  readonly chunksDone: number;
  readonly state: Uint8Array | null;
  /** The model behind a predict order: its result ciphertext. */
  readonly model: { readonly order: Uint8Array; readonly work: WireOrder['work']; readonly result: Uint8Array } | null;
  /** Development hook: flip a byte of a product. */
  readonly lie: boolean;
  /** Of a large prediction, which is computed tile by tile: the plan, and the tiles that are not recorded yet. */
  readonly tiles: { readonly plan: TilePlan; readonly features: number; readonly missing: number[] } | null;
  /** Where R2 has the model of a search, for a prediction by it, and the most that this may bill. */
  readonly bundle: { readonly key: string; readonly quoteCycles: bigint } | null;
}

export interface ChunkDone {
  readonly order: Uint8Array;
  readonly token: number;
  readonly chunk: number;
  readonly chunks: number;
  readonly stateHash: Uint8Array;
  readonly state: Uint8Array;
  readonly cycles: bigint;
}

export interface WorkDone {
  readonly order: Uint8Array;
  readonly token: number;
  /** For work of one chunk, its entry; chunked work was logged by `recordChunk`. */
  readonly entry: { readonly stateHash: Uint8Array; readonly cycles: bigint } | null;
  readonly results: number;
  readonly resultRoot: Uint8Array;
  /** Ciphertexts under the content key. */
  readonly result: Uint8Array;
  readonly trace: Uint8Array | null;
}

/** One tile of a lease: everything that its consumer needs. The rows are those of `inputs` in the payload. */
export interface TileJob extends Omit<Lease, 'state' | 'chunksDone' | 'tiles' | 'bundle'> {
  readonly tile: number;
  readonly from: number;
  readonly to: number;
  readonly cycles: bigint;
}

export interface TileDone {
  readonly order: Uint8Array;
  readonly token: number;
  readonly tile: number;
  /** Of the trace. */
  readonly stateHash: Uint8Array;
  readonly cycles: bigint;
  /** Over the leaves of the tile's rows. */
  readonly root: Uint8Array;
  /** SHA-256 of the ciphertexts, which are in R2 by it. */
  readonly resultId: Uint8Array;
  readonly resultBytes: number;
  readonly traceId: Uint8Array;
}

/** `taken`: false for a tile that was recorded before, with other blobs. `left`: tiles that are still missing. */
export interface TileTaken {
  readonly taken: boolean;
  readonly left: number;
}

/** A tile as recorded, and what its checker needs beside the blobs. */
export interface TileCheckJob {
  readonly lease: Omit<TileJob, 'lie' | 'cycles'>;
  readonly challenge: Uint8Array;
  readonly root: Uint8Array;
  readonly resultId: Uint8Array;
  readonly traceId: Uint8Array;
  readonly stateHash: Uint8Array;
}

export interface TileVerdict {
  readonly order: Uint8Array;
  readonly token: number;
  readonly tile: number;
  readonly passed: boolean;
  readonly method: CheckMethod;
  readonly checkedParts: number;
  readonly reason: string | null;
}

/** A tile of a checked result, in R2. */
export interface StoredTile {
  readonly id: Uint8Array;
  readonly bytes: number;
}

/** Tiles of a computed large prediction that no verdict says anything of yet. */
export interface UncheckedTiles {
  readonly token: number;
  readonly tiles: number[];
}

/** Everything a checker needs, as stored: it trusts none of the plaintext that the compute invocation saw. */
export interface CheckJob {
  readonly lease: Omit<Lease, 'lie' | 'state' | 'chunksDone' | 'tiles'>;
  readonly challenge: Uint8Array;
  readonly resultRoot: Uint8Array;
  readonly results: number;
  readonly result: Uint8Array;
  readonly trace: Uint8Array | null;
  readonly chunks: number;
  readonly log: { readonly chunk: number; readonly stateHash: Uint8Array; readonly cycles: bigint }[];
  /** Sampled chunks, ascending. */
  readonly sampled: number[];
}

export interface Verdict {
  readonly order: Uint8Array;
  readonly attempt: number;
  readonly resultRoot: Uint8Array;
  readonly passed: boolean;
  readonly method: CheckMethod;
  readonly checkedParts: number;
  readonly reason: string | null;
}

export interface OrderAnswer {
  readonly order: WireOrder;
  /** The result's ciphertext, once checked and small enough to travel inline. */
  readonly result: Uint8Array | null;
}

export interface AccountView {
  readonly balanceZhi: bigint;
  readonly reservedZhi: bigint;
  readonly nextNonce: bigint;
  readonly homeRegion: number;
}

/** A proof against the state root of a final header; canonical bytes, which protocol/state/proof.ts verifies. */
export interface CertifiedProof {
  readonly height: bigint;
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  readonly proof: Uint8Array;
}

export interface StateValueProof extends CertifiedProof {
  /** The account, order or record in canonical bytes; null where the proof is of its absence. */
  readonly value: Uint8Array | null;
}

/** What each system account holds, and what all accounts do, against one final header. */
export interface SystemAccountsProof extends CertifiedProof {
  /** In the order of SYSTEM_ACCOUNT_NAMES: the account and its proof, in canonical bytes. `proof` of the whole is of the supply. */
  readonly accounts: readonly { readonly leaf: Uint8Array; readonly proof: Uint8Array }[];
}

/** `pending`: taken by this call, and all there is to say of it follows from its bytes. */
export type BatchAnswer = Result<WireTransaction> | 'pending';

/** A batch's answers, in its order. `replayed`: its key stood for it already. */
export interface BatchTaken {
  readonly answers: BatchAnswer[];
  readonly replayed: boolean;
}

/** `held`: another consumer has the lease. `none`: nothing is left to do here. */
export type Task =
  | { readonly kind: 'compute'; readonly lease: Lease }
  /** With the tiles that are open, where the order is of tiles; with the token of its claim, where it is a search. */
  | { readonly kind: 'check'; readonly tiles?: UncheckedTiles; readonly search?: number }
  | { readonly kind: 'held' }
  | { readonly kind: 'none' };

/** A seat's yes to a proposal: its number, and its signature (protocol/tx/param.ts). */
export interface SeatApproval {
  readonly seat: number;
  readonly signature: Uint8Array;
}

export interface RegionRpc {
  /** Takes an order in: one durable transaction writes order, reservation, idempotency key and lease, then matches. */
  intakeOrder(
    intake: OrderIntake,
  ): Promise<Result<{ readonly answer: OrderAnswer; readonly lease: Lease | null; readonly replayed: boolean }>>;
  /** Takes any other transaction into the mempool. */
  submitTransaction(bytes: Uint8Array, idempotency: IdempotencyClaim): Promise<Result<WireTransaction>>;
  /** The same of several under one key, in one durable transaction; each has an answer of its own. */
  submitTransactions(batch: readonly Uint8Array[], idempotency: IdempotencyClaim): Promise<Result<BatchTaken>>;
  claimIdempotency(claim: IdempotencyClaim): Promise<IdempotencyVerdict>;
  storeAnswer(claim: IdempotencyClaim, answer: StoredAnswer): Promise<void>;
  /** After a failure that left no state: frees the key for another try. */
  releaseIdempotency(claim: IdempotencyClaim): Promise<void>;

  order(id: Uint8Array): Promise<Result<OrderAnswer>>;
  /** Resolves when the order's state satisfies `until`, or after `timeoutMs` (<= 30 s) with the state of then. */
  waitOrder(id: Uint8Array, until: 'checked' | 'final', timeoutMs: number): Promise<Result<OrderAnswer>>;
  orderResult(id: Uint8Array): Promise<Result<Uint8Array>>;
  /** Whether an order of this region that is not checked yet reads the uploaded ciphertext with this id. */
  readsInput(id: Uint8Array): Promise<boolean>;
  ordersOf(
    account: Uint8Array,
    before: string | null,
    limit: number,
  ): Promise<{ orders: WireOrder[]; next: string | null }>;
  transaction(hash: Uint8Array): Promise<WireTransaction | null>;
  waitTransaction(hash: Uint8Array, timeoutMs: number): Promise<WireTransaction | null>;
  account(key: Uint8Array): Promise<Result<AccountView>>;

  /** What there is to do for an order now; a compute task comes with its lease. */
  task(order: Uint8Array): Promise<Task>;
  /** Gives a lease back before it runs out: the consumer's slice is used up and its successor is on the way. */
  yieldLease(order: Uint8Array, token: number): Promise<void>;
  recordChunk(done: ChunkDone): Promise<Result<null>>;
  submitWork(done: WorkDone): Promise<Result<null>>;
  /** The inputs can't be read or run: the order ends and its escrow returns. `code` says why; nothing private in it. */
  declineWork(order: Uint8Array, token: number, code: ErrorCode): Promise<Result<OrderAnswer>>;
  checkJob(order: Uint8Array): Promise<Result<CheckJob>>;
  /** State of a chunk, sealed: chunk -1 does not exist (the checker derives the initial state itself). */
  chunkState(order: Uint8Array, chunk: number): Promise<Uint8Array | null>;
  recordVerdict(verdict: Verdict): Promise<Result<OrderAnswer>>;

  /** A tile of a lease; null when it is recorded already, or the lease was given on. */
  tileJob(order: Uint8Array, token: number, tile: number): Promise<Result<TileJob | null>>;
  /** These uploads, which the payload names, are read by the order: they can't be deleted until it is checked, or over. */
  keepTiles(order: Uint8Array, token: number, inputs: readonly Uint8Array[]): Promise<Result<null>>;
  recordTile(done: TileDone): Promise<Result<TileTaken>>;
  /** All tiles are recorded: the provider claims the whole. */
  claimTiles(order: Uint8Array, token: number): Promise<Result<UncheckedTiles>>;
  /** Null when the tile is checked already, or the order goes another way by now. */
  tileCheckJob(order: Uint8Array, token: number, tile: number): Promise<Result<TileCheckJob | null>>;
  /** Answers with the order once its last tile passed, or one failed; null while tiles are open. */
  recordTileVerdict(verdict: TileVerdict): Promise<Result<OrderAnswer | null>>;
  /** The tiles of a checked result, in row order. */
  resultTiles(order: Uint8Array): Promise<Result<StoredTile[]>>;

  /** Of the sequencer's region: `not_found` elsewhere, and before the first block. */
  proveState(place: StatePlace): Promise<Result<StateValueProof>>;
  proveSupply(): Promise<Result<CertifiedProof>>;
  proveSystemAccounts(): Promise<Result<SystemAccountsProof>>;

  /** Of the sequencer's region: a signed checkpoint of the log, or `not_found`. */
  logCheckpoint(choice: CheckpointChoice): Promise<Result<string>>;
  /** How far the log is, and why it does not go on. */
  logStanding(): Promise<Result<LogStanding>>;
  /** Of the sequencer's region: a witness' signature line for the checkpoint of `size`. */
  addCosignature(size: bigint, line: string): Promise<Result<null>>;

  /** Of the sequencer's region: the ledger's height, or `ledger_rolled_back`. Changes nothing. */
  health(): Promise<Result<{ readonly height: bigint }>>;

  /** The watchdog's call: sets the alarm for what is due, and nudges. */
  rearm(): Promise<void>;
  /** Founds the network if there is none yet; returns the canonical genesis bytes. Idempotent; on the default region only. */
  bootstrap(): Promise<Uint8Array>;
  /** Development networks, sequencer's region: pays from the faucet's account. */
  faucet(to: Uint8Array, amountZhi: bigint, homeRegion: number): Promise<Result<WireTransaction>>;
  /** Sequencer's region: seed of the v1a key, for the endpoint objects of the same operator. */
  /** Of the seats of this region, if the operator has named the proposal; empty otherwise. */
  approve(proposal: Uint8Array): Promise<SeatApproval[]>;
  webhookSeed(): Promise<Uint8Array>;
  /** Development networks only: the next `times` results of this region's provider carry a flipped byte. */
  setLies(times: number): Promise<void>;
  /** Hibernating WebSocket of an order's updates (JSON WireOrder messages); the Worker bridges it to SSE. Path: /orders/{hex}. */
  fetch(request: Request): Promise<Response>;
}
