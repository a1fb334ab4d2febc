/**
 * The presence board of a region: who was seen when. Soft state for display and routing hints; no match, no payment and no
 * vote depends on it, and losing it costs one round of beats.
 *
 * It stands on itty-durable, whose traps are kept shut here: nothing is persisted by itself (that would write all state at
 * each call), `alarm()` loads before it acts, no request of a client reaches the object (a beat is a method call with values
 * of ours), each client has a proxy of its own, and no method answers `undefined` (it would be read as no answer).
 */
import { createDurable, proxyDurable } from 'itty-durable';
import type { Region } from '../../protocol/regions.ts';

export const PRESENCE_KINDS = ['provider', 'searcher', 'checker', 'seat'] as const;
export type PresenceKind = (typeof PRESENCE_KINDS)[number];

export interface Presence {
  readonly kind: PresenceKind;
  /** Who: an address, or a seat's number. */
  readonly who: string;
  readonly seenMs: number;
}

/** Not seen for this long: off the board. */
export const PRESENCE_TTL_MS = 120_000;
/** Twice the 64 providers, and seats and roles; the longest unseen goes first. */
export const PRESENCE_ENTRIES_MAX = 160;
/** One write of the whole board in this time at most. An eviction loses the beats since. */
const PERSIST_EVERY_MS = 30_000;
const WHO_CHARS_MAX = 90;

/** The part of itty-durable's class that is used; its own types say `any`. */
interface Durable {
  readonly state: DurableObjectState;
  loadFromStorage(): Promise<void>;
  persist(): Promise<void>;
}
const Board = createDurable({ autoPersist: false, autoReturn: false }) as unknown as new (
  state: DurableObjectState,
  env: unknown,
) => Durable;

/** The board after a beat: pure, newest first, bounded, without whoever has not been seen since the time to live. */
export function boardWith(board: readonly Presence[], beat: Presence): Presence[] {
  const others = board.filter(({ kind, who }) => kind !== beat.kind || who !== beat.who);
  return boardAt([beat, ...others], beat.seenMs);
}

export function boardAt(board: readonly Presence[], nowMs: number): Presence[] {
  const fresh = board.filter(({ seenMs }) => nowMs - seenMs < PRESENCE_TTL_MS);
  return fresh.sort((a, b) => b.seenMs - a.seenMs).slice(0, PRESENCE_ENTRIES_MAX);
}

export class PresenceBoard extends Board {
  /** itty-durable persists all fields but `state`. */
  entries: Presence[] = [];

  async beat(kind: PresenceKind, who: string): Promise<number> {
    if (!PRESENCE_KINDS.includes(kind) || who === '' || who.length > WHO_CHARS_MAX)
      throw new RangeError('no such presence');
    this.entries = boardWith(this.entries, { kind, who, seenMs: Date.now() });
    const { storage } = this.state;
    if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + PERSIST_EVERY_MS);
    return this.entries.length;
  }

  board(): Presence[] {
    return boardAt(this.entries, Date.now());
  }

  /** Runs on an instance that may not have served a call yet: itty-durable loads only in `fetch`. */
  async alarm(): Promise<void> {
    await this.loadFromStorage();
    this.entries = boardAt(this.entries, Date.now());
    await this.persist();
    // An empty board sleeps.
    if (this.entries.length > 0) await this.state.storage.setAlarm(Date.now() + PERSIST_EVERY_MS);
  }
}

export interface PresenceEnv {
  readonly PRESENCE: DurableObjectNamespace;
}

export interface PresenceClient {
  /** Resolves to the number of entries on the board. */
  beat(kind: PresenceKind, who: string): Promise<number>;
  /** Newest first. */
  board(): Promise<Presence[]>;
}

/** A plain object around the proxy: awaiting the proxy itself would call a method `then` on the board. */
export function presenceOf(env: PresenceEnv, region: Region): PresenceClient {
  const proxy = proxyDurable(env.PRESENCE, { name: 'PRESENCE', parse: true }).get(region) as PresenceClient;
  return { beat: (kind, who) => proxy.beat(kind, who), board: () => proxy.board() };
}
