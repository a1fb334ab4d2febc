/** What R2 holds of the log is its second memory: puts that come late, storages that were put back, and rounds that fail again and again. */
import { describe, expect, it, vi } from 'vitest';
import { RegionContext } from '../../durable-objects/region/context.ts';
import { type BlockHeader, headerHash } from '../../protocol/block/header.ts';
import { type Tile, tileWidth } from '../../protocol/log/tile.ts';
import { readTile } from '../../workers/api/log-tiles.ts';
import {
  CHAIN,
  emptyBucketBeforeEach,
  headOf,
  inKeeper,
  type Keeper,
  keeperIn,
  ledgerOf,
  NOW,
  OTHER,
  told,
} from './log-keeper.ts';
import { workerEnv } from './region-demander.ts';

const { BLOBS } = workerEnv;
const { put } = BLOBS;

/** The chain up to `from`, and other blocks behind. */
function splitAt(from: number, length: number): BlockHeader[] {
  const split = CHAIN.slice(0, from);
  for (const header of CHAIN.slice(from, length)) {
    const stateRoot = split.length === from ? new Uint8Array(32).fill(7) : header.stateRoot;
    split.push({ ...header, stateRoot, parent: headerHash(split.at(-1) as BlockHeader) });
  }
  return split;
}

/** Puts the object's memory of the log back to what it is now. */
function memoryOf({ context }: Keeper): () => void {
  const { sql } = context.ctx.storage;
  const kept = ['log-edge', 'log-header', 'log-candidate'].map((key) => [key, context.meta.get(key)] as const);
  const sizes = sql.exec('SELECT size FROM log_checkpoint').toArray();
  return () => {
    for (const [key, value] of kept) if (value) context.meta.put(key, value);
    const newest = Math.max(0, ...sizes.map(({ size }) => size as number));
    sql.exec('DELETE FROM log_checkpoint WHERE size > ?', newest);
    if (newest > 0)
      sql.exec('INSERT OR IGNORE INTO log_checkpoint(size, root) VALUES(?, ?)', newest, headOf(newest).root);
  };
}

/** The next object of the name, which remembers what is stored alone. */
const nextOf = ({ context }: Keeper): Keeper => keeperIn(new RegionContext(context.ctx, workerEnv));

async function archived(): Promise<string[]> {
  const { objects } = await BLOBS.list({ prefix: 'log/' });
  return objects.map(({ key, etag }) => `${key} ${etag}`).sort();
}

async function isServed(level: Tile['level'], size: number): Promise<boolean> {
  const width = tileWidth(level, 0n, BigInt(size));
  return (await readTile(workerEnv, { level, index: 0n, width })) !== undefined;
}

const roundsOf = async ({ round }: Keeper, count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await round(NOW + i * 1_000_000);
};

emptyBucketBeforeEach();

describe('an object that was put back', () => {
  it.each([
    ['in a bundle that has grown since', 200, 250, 260],
    ['in a bundle that has grown since, by fewer blocks', 200, 250, 210],
    ['before a bundle that is full since', 200, 400, 400],
    ['before a bundle that is full since, by fewer blocks', 200, 400, 230],
    ['to the end of a bundle', 256, 400, 270],
  ])('with its ledger, %s: nothing is signed for another chain', (_, size, signed, length) =>
    inKeeper(async (keeper) => {
      const lines = told();
      await ledgerOf(CHAIN.slice(0, size));
      await keeper.round();
      const putBack = memoryOf(keeper);
      await ledgerOf(CHAIN.slice(0, signed));
      await keeper.round();
      expect(await keeper.head()).toEqual(headOf(signed));
      const before = await archived();
      putBack();
      await ledgerOf(splitAt(size, length));
      const next = nextOf(keeper);
      await roundsOf(next, 3);
      expect(await next.head()).toEqual(headOf(size));
      expect(next.log.standing()).toMatchObject({ size: BigInt(size), fault: { code: 'log_rolled_back' } });
      expect(String(lines.mock.calls)).toContain('R2 holds another');
      expect(await archived()).toEqual(before);
      // The ledger is what it was: the log goes on where it was signed.
      await ledgerOf(CHAIN.slice(0, signed + 1));
      await roundsOf(next, 2);
      expect(await next.head()).toEqual(headOf(signed + 1));
      expect(next.log.standing().fault).toBeUndefined();
    }),
  );

  it('with its ledger, and without a new block, is told at the first look', () =>
    inKeeper(async (keeper) => {
      told();
      await ledgerOf(CHAIN.slice(0, 100));
      await keeper.round();
      const putBack = memoryOf(keeper);
      await ledgerOf(CHAIN.slice(0, 120));
      await keeper.round();
      putBack();
      await ledgerOf(CHAIN.slice(0, 100));
      const next = nextOf(keeper);
      keeper.context.due.clear('log', '');
      await next.log.begin(NOW);
      expect(next.context.due.take(NOW, 10).map(({ kind }) => kind)).toContain('log');
      await next.round();
      expect(next.log.standing()).toMatchObject({ fault: { code: 'log_rolled_back' } });
    }));

  it('alone catches up by a ledger that was not', () =>
    inKeeper(async (keeper) => {
      const lines = told();
      await ledgerOf(CHAIN.slice(0, 200));
      await keeper.round();
      const putBack = memoryOf(keeper);
      await ledgerOf(CHAIN.slice(0, 600));
      await keeper.round();
      putBack();
      const next = nextOf(keeper);
      await next.round();
      expect(await next.head()).toEqual(headOf(600));
      expect(lines).not.toHaveBeenCalled();
    }));
});

describe('a put that comes late', () => {
  it.each(['log/tile/0/000.p', 'log/tile/entries/000.p'])('under %s makes nothing shorter', (key) =>
    inKeeper(async (keeper) => {
      told();
      await ledgerOf(CHAIN.slice(0, 10));
      await keeper.round();
      const late = holdPut(key);
      await ledgerOf(CHAIN.slice(0, 20));
      const stale = nextOf(keeper);
      const under = stale.round();
      await late.asked;
      vi.restoreAllMocks();
      told();
      await ledgerOf(CHAIN.slice(0, 30));
      const fresh = nextOf(keeper);
      await fresh.round();
      expect(await fresh.head()).toEqual(headOf(30));
      late.release();
      await under;
      expect(await isServed(key.includes('entries') ? 'entries' : 0, 30)).toBe(true);
    }),
  );

  it('under a tile of the next level, which grows once in 256 blocks, neither', () =>
    inKeeper(async (keeper) => {
      told();
      await ledgerOf(CHAIN.slice(0, 256));
      await keeper.round();
      const late = holdPut('log/tile/1/000.p');
      await ledgerOf(CHAIN.slice(0, 512));
      const stale = nextOf(keeper);
      // It had the tile of one hash at hand, and is replaced while it puts the one of two.
      const under = stale.round();
      await late.asked;
      vi.restoreAllMocks();
      told();
      await ledgerOf(CHAIN.slice(0, 600));
      const fresh = nextOf(keeper);
      await fresh.round();
      expect(await fresh.head()).toEqual(headOf(600));
      late.release();
      await under;
      expect(await isServed(1, 600)).toBe(true);
    }));

  it('beside a full tile is left alone, and what it holds is no evidence', () =>
    inKeeper(async (keeper) => {
      await ledgerOf(CHAIN.slice(0, 200));
      await keeper.round();
      const early = await (await BLOBS.get('log/tile/0/000.p'))?.arrayBuffer();
      const putBack = memoryOf(keeper);
      await ledgerOf(CHAIN.slice(0, 300));
      await keeper.round();
      await BLOBS.put('log/tile/0/000.p', early as ArrayBuffer);
      expect(await isServed(0, 250)).toBe(true);
      const lines = told();
      putBack();
      await ledgerOf(splitAt(200, 240));
      const next = nextOf(keeper);
      await next.round();
      expect(await next.head()).toEqual(headOf(200));
      expect(String(lines.mock.calls)).toContain('log_rolled_back');
    }));

  it('of which nobody heard is seen by the next round', () =>
    inKeeper(async (keeper) => {
      const lines = told();
      await ledgerOf(CHAIN.slice(0, 10));
      await keeper.round();
      await ledgerOf(CHAIN.slice(0, 20));
      const unheard = async (...args: Parameters<typeof put>) => {
        await put.apply(BLOBS, args);
        throw new Error('no answer from R2');
      };
      vi.spyOn(BLOBS, 'put').mockImplementation(unheard as typeof put);
      await keeper.round();
      expect(await keeper.head()).toEqual(headOf(10));
      vi.restoreAllMocks();
      await nextOf(keeper).round();
      expect(await keeper.head()).toEqual(headOf(20));
      expect(String(lines.mock.calls)).toContain('no answer from R2');
    }));
});

/** The next put under the key is under way until it is released. */
function holdPut(key: string): { readonly asked: Promise<void>; release(): void } {
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const held = async (...args: Parameters<typeof put>) => {
    if (args[0] === key) {
      asked.resolve();
      await gate.promise;
    }
    return put.apply(BLOBS, args);
  };
  vi.spyOn(BLOBS, 'put').mockImplementation(held as typeof put);
  return { asked: asked.promise, release: gate.resolve };
}

describe('a log that can not go on', () => {
  const dueMs = ({ context }: Keeper): number | undefined =>
    context.ctx.storage.sql.exec("SELECT at FROM due WHERE kind = 'log'").toArray()[0]?.at as number | undefined;

  it('asks again after pauses that double, up to five minutes, while a call fails', () =>
    inKeeper(async (keeper) => {
      told();
      await ledgerOf(CHAIN.slice(0, 5));
      const spy = vi.spyOn(BLOBS, 'put').mockRejectedValue(new Error('R2 is away'));
      const pauses: number[] = [];
      let nowMs = NOW;
      for (let i = 0; i < 10; i++) {
        await keeper.round(nowMs);
        const at = dueMs(keeper) as number;
        pauses.push((at - nowMs) / 1000);
        nowMs = at;
      }
      expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
      // A block that becomes final in between does not make it earlier.
      keeper.log.soon(nowMs - 100_000);
      expect(dueMs(keeper)).toBe(nowMs);
      expect(keeper.log.standing()).toEqual({ size: 5n, fault: { code: 'log_failed', reason: 'R2 is away' } });
      spy.mockRestore();
      await keeper.round(nowMs);
      expect(keeper.log.standing()).toEqual({ size: 5n, fault: undefined });
      expect(dueMs(keeper)).toBeUndefined();
    }));

  it('waits for the next block where a call does not help', () =>
    inKeeper(async (keeper) => {
      told();
      await ledgerOf([...CHAIN.slice(0, 5), ...OTHER.slice(5, 9)]);
      keeper.log.soon(NOW);
      await keeper.round(NOW);
      expect(keeper.log.standing()).toMatchObject({ size: 0n, fault: { code: 'header_invalid' } });
      expect(dueMs(keeper)).toBeUndefined();
      keeper.log.soon(NOW + 100);
      expect(dueMs(keeper)).toBe(NOW + 2_000);
    }));
});
