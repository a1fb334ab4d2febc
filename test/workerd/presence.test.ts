import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  boardWith,
  PRESENCE_ENTRIES_MAX,
  PRESENCE_TTL_MS,
  type Presence,
  type PresenceBoard,
  type PresenceEnv,
  presenceOf,
} from '../../durable-objects/presence/presence.ts';
import { REGIONS } from '../../protocol/regions.ts';

const { PRESENCE } = env as unknown as PresenceEnv;
const client = (region: (typeof REGIONS)[number]) => presenceOf({ PRESENCE }, region);
const stub = (region: string) => PRESENCE.get(PRESENCE.idFromName(region));
/** The pool's types know only classes that extend DurableObject; itty-durable's does not. */
const inside = <T>(region: string, look: (board: PresenceBoard, state: DurableObjectState) => T | Promise<T>) =>
  runInDurableObject(stub(region) as never, look as never) as Promise<T>;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('PresenceBoard', () => {
  it('shows who was seen, newest first, once each', async () => {
    const board = client('weur');
    let now = 1_000_000;
    vi.spyOn(Date, 'now').mockImplementation(() => now);
    expect(await board.beat('provider', 'hai1a')).toBe(1);
    now += 1000;
    expect(await board.beat('provider', 'hai1b')).toBe(2);
    now += 1000;
    expect(await board.beat('seat', 'hai1a')).toBe(3);
    now += 1000;
    expect(await board.beat('provider', 'hai1a')).toBe(3);
    expect(await board.board()).toEqual([
      { kind: 'provider', who: 'hai1a', seenMs: 1_003_000 },
      { kind: 'seat', who: 'hai1a', seenMs: 1_002_000 },
      { kind: 'provider', who: 'hai1b', seenMs: 1_001_000 },
    ]);
    now = 1_001_000 + PRESENCE_TTL_MS;
    expect((await board.board()).map(({ kind }) => kind)).toEqual(['provider', 'seat']);
  });

  it('keeps the regions apart, also when they are asked at once', async () => {
    const regions = REGIONS.filter((region) => region !== 'weur');
    await Promise.all(regions.map((region) => client(region).beat('provider', `of-${region}`)));
    const boards = await Promise.all(regions.map((region) => client(region).board()));
    expect(boards.map((board) => board.map(({ who }) => who))).toEqual(regions.map((region) => [`of-${region}`]));
  });

  it('comes back from an eviction with what its alarm has written', async () => {
    const board = client('apac');
    await board.beat('provider', 'written');
    expect(await runDurableObjectAlarm(stub('apac'))).toBe(true);
    await board.beat('provider', 'since');
    await evictDurableObject(stub('apac'));
    expect((await board.board()).map(({ who }) => who)).toContain('written');
    expect((await board.board()).map(({ who }) => who)).not.toContain('since');
  });

  it('loads before its alarm writes: a fresh instance does not wipe the board', async () => {
    const board = client('me');
    await board.beat('provider', 'kept');
    expect(await runDurableObjectAlarm(stub('me'))).toBe(true);
    await evictDurableObject(stub('me'));
    expect(await runDurableObjectAlarm(stub('me'))).toBe(true);
    await evictDurableObject(stub('me'));
    expect((await board.board()).map(({ who }) => who)).toContain('kept');
  });

  it('writes nothing by itself, and sleeps once it is empty', async () => {
    const board = client('afr');
    await board.beat('provider', 'gone-soon');
    expect(await inside('afr', (_, { storage }) => storage.get('data'))).toBeUndefined();
    const later = Date.now() + PRESENCE_TTL_MS;
    vi.spyOn(Date, 'now').mockImplementation(() => later);
    expect(await runDurableObjectAlarm(stub('afr'))).toBe(true);
    expect(await inside('afr', (_, { storage }) => storage.get('data'))).toEqual({ entries: [] });
    expect(await inside('afr', (_, { storage }) => storage.getAlarm())).toBeNull();
  });

  it('is bounded: the longest unseen goes first', () => {
    let board: Presence[] = [];
    const beats = PRESENCE_ENTRIES_MAX + 5;
    for (let i = 0; i < beats; i++) board = boardWith(board, { kind: 'provider', who: `p${i}`, seenMs: i });
    expect(board).toHaveLength(PRESENCE_ENTRIES_MAX);
    expect([board[0]?.who, board.at(-1)?.who]).toEqual([`p${beats - 1}`, 'p5']);
  });

  it.each([
    ['miner', 'hai1a'],
    ['provider', ''],
    ['provider', 'x'.repeat(91)],
  ])('refuses %s %s and stays as it was', async (kind, who) => {
    const board = client('oc');
    const before = await board.board();
    await expect(board.beat(kind as 'provider', who)).rejects.toThrow('no such presence');
    expect(await board.board()).toEqual(before);
  });
});
