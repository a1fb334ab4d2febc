/**
 * The log of headers, kept by the object that proposes: it takes in what D1 holds as final, in order, and makes checkpoints that may
 * be signed. It lags behind the blocks by seconds, and does nothing for a transaction. What was signed once binds it for ever: a
 * ledger that does not hold the header that the log ends with is not followed.
 */
import { concatBytes } from '@noble/hashes/utils.js';
import { decodeHeader } from '../../../protocol/block/header.ts';
import { linkFault, parentOf } from '../../../protocol/block/link.ts';
import { digestAt, hashEach } from '../../../protocol/digests.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { grown, type LogEdge } from '../../../protocol/log/grow.ts';
import { TILE_WIDTH } from '../../../protocol/log/tile.ts';
import { leafHash } from '../../../protocol/merkle.ts';
import type { Network, RegionContext } from '../context.ts';
import { inTime } from './in-time.ts';
import type { LogStanding } from './log-answers.ts';
import { LogArchive } from './log-archive.ts';
import { LogFault } from './log-fault.ts';
import type { LogState, LogStore } from './log-store.ts';

/** From one checkpoint to the next. R2 takes one write a second under one key. */
export const CHECKPOINT_EVERY_MS = 2_000;
/** After rounds that failed, each pause is twice the one before, up to this. */
const PAUSE_MS_MAX = 300_000;
/** Headers of one step: at most one bundle becomes full by it. */
const STEP_HEADERS = TILE_WIDTH;
/** Of a log that is behind, in one round: some 2,000 blocks. */
const STEPS_MAX = 8;
/** A read that never settles would hold up all rounds of the object. */
const READ_MS_MAX = 20_000;

export class HeaderLog {
  readonly #context: RegionContext;
  readonly #store: LogStore;
  readonly #archive: LogArchive;
  #isBegun = false;
  #isRunning = false;
  /** What this object remembers is what R2 holds of the log. It may not be: a storage can be put back. */
  #isCompared = false;
  /** Rounds that failed, one after the other. */
  #failures = 0;
  #fault: LogStanding['fault'];
  /** A block became final since the round began. */
  #isBehind = false;
  #notBeforeMs = 0;
  /** The entries of the growing bundle, of a tree of `size`; read from D1 where they are not at hand. */
  #bundle: { readonly size: bigint; readonly entries: readonly Uint8Array[] } | undefined;

  constructor(context: RegionContext, store: LogStore) {
    this.#context = context;
    this.#store = store;
    this.#archive = new LogArchive(context);
  }

  standing(): LogStanding {
    return { size: this.#store.read().edge.size, fault: this.#fault };
  }

  /** Somebody asks. An object that has just begun looks into R2, whether or not a block comes. */
  async begin(now: number): Promise<void> {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.soon(now);
    await this.#context.due.arm();
  }

  /** A block is final. */
  soon(now: number): void {
    this.#isBehind = true;
    this.#setDue(now);
  }

  #setDue(now: number): void {
    this.#context.due.setNoLater('log', '', Math.max(now, this.#notBeforeMs));
  }

  /**
   * The due entry came up. Returns at once, because R2 may take seconds and whoever calls has blocks to seal. The entry comes up again
   * until a round took in everything: one that failed, or died with its object, is made up for.
   */
  advance(network: Network, now: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, now + CHECKPOINT_EVERY_MS);
    this.#setDue(now);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#isBehind = false;
    this.#context.ctx.waitUntil(
      this.#round(network, now)
        .then((tookAll) => {
          this.#failures = 0;
          this.#fault = undefined;
          // Not if a block became final meanwhile.
          if (tookAll && !this.#isBehind) this.#context.due.clear('log', '');
        })
        .catch((error: Error) => this.#fail(error, now))
        // Storage takes no more writes of an object that was replaced.
        .catch((error: Error) => tell('log_failed', error))
        .finally(() => {
          this.#isRunning = false;
        }),
    );
  }

  /** A call that failed is made again after a pause; what D1 and R2 say is looked at again when a block comes, after as long. */
  #fail(error: Error, now: number): void {
    this.#bundle = undefined;
    const code = error instanceof LogFault ? error.code : 'log_failed';
    this.#fault = { code, reason: error.message };
    tell(code, error);
    this.#notBeforeMs = now + Math.min(CHECKPOINT_EVERY_MS * 2 ** this.#failures++, PAUSE_MS_MAX);
    if (code === 'log_failed' || this.#isBehind) this.#context.due.set('log', '', this.#notBeforeMs);
    else this.#context.due.clear('log', '');
  }

  /** Whether the log ends where the ledger does. Throws a LogFault where it can't be followed. */
  async #round(network: Network, now: number): Promise<boolean> {
    let isMore = true;
    for (let steps = 0; steps < STEPS_MAX && isMore; steps++) isMore = await this.#step(network);
    const { edge } = this.#store.read();
    const isLarger = edge.size > (this.#store.checkpoints()[0]?.size ?? 0n);
    if (!isLarger && this.#isCompared) return !isMore;
    const archived = await this.#archive.putGrowing(edge, await this.#entriesOf(edge));
    if (archived === 'ahead') {
      // An object that was put back, which catches up by a ledger that was not.
      if (isMore) return false;
      throw new LogFault('log_rolled_back', `R2 holds more of the log than the ${edge.size} headers of the ledger`);
    }
    // Of a tree that ends with full tiles there is nothing to compare yet.
    this.#isCompared ||= growingCount(edge) > 0;
    if (isLarger) this.#store.addCheckpoint(edge, now);
    return !isMore;
  }

  /** Whether there may be more. */
  async #step(network: Network): Promise<boolean> {
    const state = this.#store.read();
    const { size } = state.edge;
    const isBegun = size > 0n;
    const read = await this.#headers(isBegun ? size : 1n, STEP_HEADERS + 1);
    if (isBegun && !isSame(read.shift(), state.header)) {
      throw new LogFault('log_rolled_back', `the ledger does not hold block ${size}, which the log ends with`);
    }
    const headers = read.slice(0, STEP_HEADERS);
    if (headers.length === 0) return false;
    const newest = linked(state, headers, network);
    const entries = [...(await this.#entriesOf(state.edge)), ...headers];
    const { edge, full } = grown(state.edge, leafHashes(headers));
    if (!this.#isCompared) await this.#archive.mustContinue(edge);
    await this.#archive.putFull(full, entries);
    this.#store.grow(state.edge, edge, newest);
    this.#bundle = { size: edge.size, entries: entries.slice(entries.length - growingCount(edge)) };
    return headers.length === STEP_HEADERS;
  }

  #headers(from: bigint, limit: number): Promise<Uint8Array[]> {
    return inTime(this.#context.ledger.headers(from, limit), READ_MS_MAX);
  }

  /** Of the growing bundle. What D1 gives is held against the leaves of the tree. */
  async #entriesOf({ size, tiles }: LogEdge): Promise<readonly Uint8Array[]> {
    if (this.#bundle?.size === size) return this.#bundle.entries;
    const count = growingCount({ size });
    if (count === 0) return [];
    const entries = await this.#headers(size - BigInt(count) + 1n, count);
    const leaves = tiles[0] ?? new Uint8Array(0);
    if (entries.length !== count || !entries.every((entry, i) => equalBytes(leafHash(entry), digestAt(leaves, i)))) {
      throw new LogFault('log_rolled_back', 'the ledger does not hold the headers of the log');
    }
    this.#bundle = { size, entries };
    return entries;
  }
}

/** Leaves of a tree that are in no full tile. */
const growingCount = ({ size }: Pick<LogEdge, 'size'>): number => Number(size % BigInt(TILE_WIDTH));

function tell(code: NonNullable<LogStanding['fault']>['code'], { message }: Error): void {
  console.error(JSON.stringify({ event: 'log_stopped', code, reason: message }));
}

const isSame = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && equalBytes(a, b);

const LEAF = Uint8Array.of(0);

/** merkle.ts' leaf hashes, by the host's fastest way. */
const leafHashes = (entries: readonly Uint8Array[]): Uint8Array =>
  hashEach(entries.map((entry) => concatBytes(LEAF, entry)));

/** The last of headers that extend the log one by one. Throws where one does not: D1 is not what the seats certified. */
function linked({ header }: LogState, headers: readonly Uint8Array[], { genesis, hash }: Network): Uint8Array {
  let previous = header && decodeHeader(header);
  for (const bytes of headers) {
    const next = decodeHeader(bytes);
    const fault = linkFault(next, parentOf(previous, genesis, hash), genesis, hash);
    if (fault) throw new LogFault('header_invalid', `header ${next.height} does not extend the log: ${fault}`);
    previous = next;
  }
  return headers.at(-1) as Uint8Array;
}
