/** What is asked of a region's object about the jobs of searches, beside rpc.ts; structured-clone safe, as that. */
import type { Result } from '../../protocol/errors.ts';
import type { WireJob, WireOrder } from '../../protocol/wire.ts';
import type { OrderAnswer } from './rpc.ts';

/** What every invocation reads that works on a search. */
export interface SearchTask {
  readonly order: Uint8Array;
  readonly attempt: number;
  /** Of the order's lease; of a computed order, the one under which it was claimed. */
  readonly token: number;
  readonly work: WireOrder['work'];
  readonly demander: Uint8Array;
  readonly contentKey: Uint8Array;
  readonly sealed: Uint8Array;
  readonly inputs: Uint8Array[];
}

/** A job as planned. `spec`: ciphertext of the job's canonical bytes. */
export interface PlannedJob {
  readonly index: number;
  readonly round: number;
  readonly needs: readonly number[];
  /** A trial: a stop drops it. */
  readonly droppable: boolean;
  readonly spec: Uint8Array;
}

/** A job that is over. */
export interface FinishedJob extends PlannedJob {
  readonly state: 'done' | 'dropped';
  readonly cycles: bigint;
  readonly stateHash: Uint8Array;
  /** Null of a dropped one. */
  readonly summary: Uint8Array | null;
  readonly root: Uint8Array | null;
  readonly resultId: Uint8Array | null;
}

/** All jobs are over that were planned: what is next follows from them. */
export interface SearchState {
  readonly task: SearchTask;
  readonly jobs: FinishedJob[];
  /** The first round that is planned as that of a stopped search. Null while nobody stopped it. */
  readonly stoppedFrom: number | null;
  /** Development hook. */
  readonly lie: boolean;
}

export interface JobRound {
  readonly order: Uint8Array;
  readonly token: number;
  readonly round: number;
  readonly jobs: readonly PlannedJob[];
  /** Whether it was planned as a stopped search's. */
  readonly stopped: boolean;
}

/** A job under a lease of its own. */
export interface JobTask {
  readonly task: SearchTask;
  readonly index: number;
  /** Which of the job's leases it is: they are counted from 1, and only the last one is in force. */
  readonly lease: number;
  readonly spec: Uint8Array;
  /** Results in R2 that it reads. */
  readonly needs: {
    readonly index: number;
    readonly resultId: Uint8Array;
    readonly stateHash: Uint8Array;
    readonly summary: Uint8Array;
  }[];
  readonly checkpoint: Uint8Array | null;
  readonly lie: boolean;
}

/** A lease of a job, under one of its order. */
export interface JobLease {
  readonly order: Uint8Array;
  readonly token: number;
  readonly index: number;
  readonly lease: number;
}

export interface JobSlice extends JobLease {
  /** SHA-256 of the ciphertext, which is in R2 by it. */
  readonly checkpoint: Uint8Array;
  /** So far. */
  readonly cycles: bigint;
  /** Of an attached process alone: whether it keeps the job, or gives it back. */
  readonly goesOn?: boolean;
}

/** `goesOn`: false where the job is over by now, or a lease was given on: the order's, or the job's. */
export interface SliceTaken {
  readonly goesOn: boolean;
  /** The checkpoint that nobody asks for any more: the one before, or the slice's own. Null for a slice that came twice. */
  readonly unwanted: Uint8Array | null;
}

export interface JobDone {
  readonly order: Uint8Array;
  readonly token: number;
  readonly index: number;
  /** Of result and summary (protocol/order/search-log.ts). */
  readonly stateHash: Uint8Array;
  readonly cycles: bigint;
  readonly root: Uint8Array;
  readonly resultId: Uint8Array;
  /** Ciphertext. */
  readonly summary: Uint8Array;
}

/** `left`: jobs that are still open. */
export interface JobTaken {
  readonly taken: boolean;
  readonly left: number;
}

/** `bundle`: the job whose result is the order's; null for a search that found no model, whose result is empty. */
export interface SearchClaim {
  readonly order: Uint8Array;
  readonly token: number;
  readonly bundle: number | null;
  /** Of the empty result. */
  readonly emptyRoot: Uint8Array;
  readonly empty: Uint8Array;
}

/** What a checker is given of a claimed search. */
export interface SearchCheck {
  readonly task: SearchTask;
  readonly jobs: FinishedJob[];
  readonly stoppedFrom: number | null;
  readonly quoteCycles: bigint;
  readonly resultRoot: Uint8Array;
  /** The rest of the claim: the bill, and the log that it was made from. */
  readonly claimed: { readonly chunks: number; readonly cycles: bigint; readonly logHead: Uint8Array };
  readonly challenge: Uint8Array;
  /** Jobs to replay that no verdict says anything of yet; null before it was said which. */
  readonly open: number[] | null;
}

/** A claimed job, to be replayed. */
export interface JobCheck {
  readonly job: JobTask;
  readonly claimed: {
    readonly stateHash: Uint8Array;
    readonly resultId: Uint8Array;
    readonly root: Uint8Array;
    readonly cycles: bigint;
  };
}

export interface JobVerdict {
  readonly order: Uint8Array;
  readonly token: number;
  readonly index: number;
  readonly passed: boolean;
  readonly reason: string | null;
}

/** Behind the job of this index, of one attempt: another attempt's jobs are others. Before the first: -1. */
export interface JobPlace {
  readonly attempt: number;
  readonly index: number;
}

export interface JobPage {
  readonly attempt: number;
  readonly budget: string;
  readonly cycles: string;
  readonly stopped: boolean;
  readonly jobs: WireJob[];
  /** Index of the last one here where more follow, or null. */
  readonly next: number | null;
  /** Of the last job up to which all are told and over; -1 before the first. */
  readonly resume: number;
}

/** Jobs of a page, at most: a summary may have 16 KiB. */
export const JOBS_PAGE_MAX = 100;

export interface SearchRpc {
  /** Null where jobs are open, or the lease was given on. */
  searchState(order: Uint8Array, token: number): Promise<Result<SearchState | null>>;
  /** Records a round, each job once. The jobs to send out, or null where the round has to be planned anew: it was stopped since. */
  planJobs(round: JobRound): Promise<Result<number[] | null>>;
  /** Jobs that are open under this lease. */
  openJobs(order: Uint8Array, token: number): Promise<number[]>;
  /** Takes a job's lease. Null where it is over, or held, or the order's lease was given on. */
  takeJob(order: Uint8Array, token: number, index: number): Promise<Result<JobTask | null>>;
  /** Whether a process of the provider's is to have this job first. */
  isOffered(order: Uint8Array, token: number, index: number): Promise<boolean>;
  /** Takes the lease of any open job for such a process. Null where there is none. */
  offerJob(): Promise<Result<JobTask | null>>;
  /** It can't do the job, which is the consumers' from now on. False where the lease is not in force any more. */
  withholdJob(lease: JobLease): Promise<boolean>;
  /** Whether the job's result is still asked for, whoever holds it. */
  isOpenJob(order: Uint8Array, token: number, index: number): Promise<boolean>;
  recordSlice(slice: JobSlice): Promise<Result<SliceTaken>>;
  recordJob(done: JobDone): Promise<Result<JobTaken>>;
  claimSearch(claim: SearchClaim): Promise<Result<null>>;

  /** Null when the order goes another way by now. */
  searchCheck(order: Uint8Array, token: number): Promise<Result<SearchCheck | null>>;
  /** The plan holds; these jobs are to be replayed. */
  wantReplays(order: Uint8Array, token: number, jobs: readonly number[]): Promise<Result<null>>;
  takeJobCheck(order: Uint8Array, token: number, index: number): Promise<Result<JobCheck | null>>;
  recordCheckSlice(slice: JobSlice): Promise<Result<SliceTaken>>;
  /** Answers with the order once its last job passed, or one failed. */
  recordJobVerdict(verdict: JobVerdict): Promise<Result<OrderAnswer | null>>;

  /** A page from behind a place on. */
  jobs(order: Uint8Array, after?: JobPlace | null, limit?: number): Promise<Result<JobPage>>;
  /** Whether an order that is here made no model. */
  lacksModel(order: Uint8Array): Promise<boolean>;
  /** Ends a search early, at its demander's word. Repeated, it changes nothing. */
  stopSearch(order: Uint8Array, signer: Uint8Array): Promise<Result<OrderAnswer>>;
}
