/** The keeper of the log: in a real object with a real D1 and R2, whatever fails in between and whatever D1 then says. */
import { describe, expect, it, vi } from 'vitest';
import { RegionContext } from '../../durable-objects/region/context.ts';
import { LogCheckpoints } from '../../durable-objects/region/sequencer/log-checkpoints.ts';
import { LogStore } from '../../durable-objects/region/sequencer/log-store.ts';
import { type BlockHeader, encodeHeader } from '../../protocol/block/header.ts';
import { EMPTY_EDGE, grown } from '../../protocol/log/grow.ts';
import { consistencyNodes, inclusionNodes, proofOfNodes } from '../../protocol/log/make-proof.ts';
import { decodeEntries, nodesInTiles, type Tile, tileWidth } from '../../protocol/log/tile.ts';
import { verifyConsistency, verifyInclusion } from '../../protocol/log/verify-proof.ts';
import { leafHash } from '../../protocol/merkle.ts';
import { readTile } from '../../workers/api/log-tiles.ts';
import { encoded, headerChain } from '../support/headers.ts';
import {
  ANY,
  CHAIN,
  emptyBucketBeforeEach,
  headOf,
  inKeeper,
  keeperIn,
  ledgerOf,
  NOW,
  OTHER,
  rootOf,
  test,
  told,
} from './log-keeper.ts';
import { workerEnv } from './region-demander.ts';

async function tile(level: Tile['level'], index: number, size: number): Promise<Uint8Array | undefined> {
  return readTile(workerEnv, { level, index: BigInt(index), width: tileWidth(level, BigInt(index), BigInt(size)) });
}

emptyBucketBeforeEach();

describe('the keeper', () => {
  it('takes in what is final, over two full tiles, and what it archived proves every size', { timeout: 60_000 }, () =>
    inKeeper(async ({ round, head }) => {
      await ledgerOf([]);
      await round();
      expect(await head()).toBeUndefined();
      for (const size of [1, 255, 256, 257, 600]) {
        await ledgerOf(CHAIN.slice(0, size));
        await round();
        expect(await head()).toEqual(headOf(size));
      }
      for (const [index, width] of [256, 256, 88].entries()) {
        const bundle = (await tile('entries', index, 600)) as Uint8Array;
        expect(decodeEntries(bundle, width)).toEqual(encoded(CHAIN.slice(256 * index, 256 * index + width)));
      }
      const { objects } = await workerEnv.BLOBS.list({ prefix: 'log/' });
      const growing = ['log/tile/0/002.p', 'log/tile/1/000.p', 'log/tile/entries/002.p'];
      const full = ['0/000', '0/001', 'entries/000', 'entries/001'].map((path) => `log/tile/${path}`);
      expect(objects.map(({ key }) => key).sort()).toEqual([...full, ...growing].sort());
      const hashes = new Map<string, Uint8Array>();
      for (const [level, index] of [
        [0, 0],
        [0, 1],
        [0, 2],
        [1, 0],
      ] as const) {
        hashes.set(`${level}/${index}`, (await tile(level, index, 600)) as Uint8Array);
      }
      const read = nodesInTiles((level, index) => hashes.get(`${level}/${index}`));
      const { root } = headOf(600);
      for (const index of [0, 255, 256, 599]) {
        const path = proofOfNodes(inclusionNodes(BigInt(index), 600n), read);
        const leaf = leafHash(encodeHeader(CHAIN[index] as BlockHeader));
        expect(verifyInclusion(leaf, BigInt(index), 600n, path, root)).toBe(true);
      }
      for (const size of [1, 255, 256, 257, 599]) {
        const path = proofOfNodes(consistencyNodes(BigInt(size), 600n), read);
        expect(verifyConsistency(BigInt(size), headOf(size).root, 600n, root, path)).toBe(true);
      }
      // What was asked for when it was partial is still served.
      expect(decodeEntries((await tile('entries', 0, 3)) as Uint8Array, 3)).toEqual(encoded(CHAIN.slice(0, 3)));
      expect(await tile(0, 2, 601)).toBeUndefined();
    }),
  );

  it('takes a backlog by a bounded number of headers, and comes again for the rest', { timeout: 60_000 }, () =>
    inKeeper(async ({ context, round, head }) => {
      const long = headerChain(test, 2100);
      await ledgerOf(long);
      await round();
      expect(await head()).toEqual(headOf(2048, long));
      const due = () => context.due.take(NOW + 60_000, 10).map(({ kind }) => kind);
      expect(due()).toContain('log');
      await round();
      expect(await head()).toEqual(headOf(2100, long));
      expect(due()).not.toContain('log');
    }),
  );

  it('makes no checkpoint whose leaves R2 did not take, and makes it once it does', () =>
    inKeeper(async ({ context, round, head }) => {
      const lines = told();
      await ledgerOf(CHAIN.slice(0, 300));
      const { put } = workerEnv.BLOBS;
      for (const failing of ['log/tile/0/000', 'log/tile/entries/000', 'log/tile/1/000.p']) {
        const away = (...args: Parameters<typeof put>) =>
          args[0] === failing ? Promise.reject(new Error('R2 is away')) : put.apply(workerEnv.BLOBS, args);
        const spy = vi.spyOn(workerEnv.BLOBS, 'put').mockImplementation(away as typeof put);
        await round();
        expect(await head(), failing).toBeUndefined();
        expect(context.due.take(NOW + 60_000, 10).map(({ kind }) => kind)).toContain('log');
        spy.mockRestore();
      }
      expect(String(lines.mock.calls)).toContain('R2 is away');
      await round();
      expect(await head()).toEqual(headOf(300));
    }));

  it('that died between two steps goes on where it was', () =>
    inKeeper(async ({ context, store, round, head }) => {
      told();
      await ledgerOf(CHAIN.slice(0, 10));
      const dies = () => {
        throw new Error('the object died');
      };
      vi.spyOn(store, 'grow').mockImplementationOnce(dies);
      await round();
      expect(store.read().edge.size).toBe(0n);
      vi.spyOn(store, 'addCheckpoint').mockImplementationOnce(dies);
      await round();
      expect(store.read().edge.size).toBe(10n);
      expect(await head()).toBeUndefined();
      // The next one of this name: nothing of before is in its memory, and no new block comes.
      const next = keeperIn(new RegionContext(context.ctx, workerEnv));
      await next.round();
      expect(await next.head()).toEqual(headOf(10));
    }));
});

describe('a ledger that is not what it was', () => {
  it('shorter: nothing is signed, and once it is back the log goes on', () =>
    inKeeper(async ({ round, head }) => {
      const lines = told();
      await ledgerOf(CHAIN.slice(0, 300));
      await round();
      for (const size of [299, 256, 1, 0]) {
        await ledgerOf(CHAIN.slice(0, size));
        await round();
        expect(await head()).toEqual(headOf(300));
      }
      expect(lines.mock.calls.filter(([line]) => String(line).includes('log_rolled_back'))).toHaveLength(4);
      await ledgerOf(CHAIN.slice(0, 301));
      await round();
      expect(await head()).toEqual(headOf(301));
    }));

  it('another chain, longer or as long: nothing is signed', () =>
    inKeeper(async ({ round, head }) => {
      const lines = told();
      await ledgerOf(CHAIN.slice(0, 300));
      await round();
      for (const headers of [OTHER.slice(0, 300), OTHER, [...CHAIN.slice(0, 299), ...OTHER.slice(299)]]) {
        await ledgerOf(headers);
        await round();
        expect(await head()).toEqual(headOf(300));
      }
      expect(String(lines.mock.calls)).toContain('log_rolled_back');
      await ledgerOf(CHAIN.slice(0, 301));
      await round();
      expect(await head()).toEqual(headOf(301));
    }));

  it('a header that does not extend the last one, or one of the bundle that was changed: nothing is signed', () =>
    inKeeper(async ({ context, round, head }) => {
      const lines = told();
      await ledgerOf(CHAIN.slice(0, 300));
      await round();
      await ledgerOf([...CHAIN.slice(0, 300), ...OTHER.slice(300, 310)]);
      await round();
      expect(String(lines.mock.calls)).toContain('does not extend the log');
      const changed = CHAIN.map((header, i) => (i === 280 ? (OTHER[280] as BlockHeader) : header));
      await ledgerOf(changed);
      const next = keeperIn(new RegionContext(context.ctx, workerEnv));
      await next.round();
      expect(String(lines.mock.calls)).toContain('does not hold the headers of the log');
      expect(await head()).toEqual(headOf(300));
    }));
});

describe('what is remembered', () => {
  it('grows once from a size, and a checkpoint is of what is stored alone', () =>
    inKeeper(async ({ store, context }) => {
      const leaves = (headers: readonly BlockHeader[]) =>
        Uint8Array.from(encoded(headers).flatMap((entry) => [...leafHash(entry)]));
      const last = encodeHeader(CHAIN[2] as BlockHeader);
      const { edge } = grown(EMPTY_EDGE, leaves(CHAIN.slice(0, 3)));
      const { edge: other } = grown(EMPTY_EDGE, leaves(OTHER.slice(0, 3)));
      store.grow(EMPTY_EDGE, edge, last);
      // Another run of the object, which had read what was there before.
      expect(() => new LogStore(context, []).grow(EMPTY_EDGE, other, last)).toThrow('meanwhile');
      store.addCheckpoint(other, NOW);
      expect(store.checkpoints()).toEqual([]);
      store.addCheckpoint(edge, NOW);
      store.addCheckpoint(edge, NOW);
      expect(store.checkpoints()).toMatchObject([{ size: 3n, root: rootOf(CHAIN.slice(0, 3)), cosigners: [] }]);
    }));

  it('signs nothing for a network whose log has another key', () =>
    inKeeper(async ({ context, store, round, head }) => {
      await ledgerOf(CHAIN.slice(0, 5));
      await round();
      expect(await head()).toEqual(headOf(5));
      const signed = vi.spyOn(context.keyring, 'sign');
      const checkpoints = new LogCheckpoints(context, store, []);
      expect(await checkpoints.give({ genesis: test.genesis, hash: test.hash }, ANY, NOW)).toMatchObject({ ok: false });
      expect(signed).not.toHaveBeenCalled();
    }));
});
