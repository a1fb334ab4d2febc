/** Bodies on their way to R2, and witnesses: in a real object with a real D1 and R2, whatever fails in between. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bodyKey, witnessKey } from '../../durable-objects/region/archive-key.ts';
import { archivedLedger } from '../../durable-objects/region/archived-ledger.ts';
import { RegionContext } from '../../durable-objects/region/context.ts';
import { archiveWitness } from '../../durable-objects/region/sequencer/archive-witness.ts';
import { PRUNE_EVERY_BLOCKS, pruneBodies } from '../../durable-objects/region/sequencer/prune.ts';
import { openLedger } from '../../ledger/d1.ts';
import { regionStub } from '../../workers/env.ts';
import { workerEnv } from './region-demander.ts';

const ledger = openLedger(env.DB);
const KEPT = 2n;
const hashOf = (height: bigint): Uint8Array => new Uint8Array(32).fill(Number(height));
const bodyOf = (height: bigint): Uint8Array => new Uint8Array(100).fill(Number(height));

/** Rows of blocks that nothing here decodes, and the tip on the last of them. */
async function blocks(last: bigint): Promise<void> {
  const row = env.DB.prepare(
    `INSERT INTO block(height, hash, time_ms, header, body, certificate) VALUES(CAST(? AS INTEGER), ?, 1, x'01', ?, x'01')`,
  );
  const heights = Array.from({ length: Number(last) }, (_, i) => BigInt(i + 1));
  await env.DB.batch([
    env.DB.prepare('DELETE FROM block'),
    ...heights.map((height) => row.bind(height.toString(), hashOf(height), bodyOf(height))),
    env.DB.prepare(
      'INSERT OR REPLACE INTO tip(only, height, hash, time_ms, bad) VALUES(1, CAST(? AS INTEGER), ?, 1, 0)',
    ).bind(last.toString(), hashOf(last)),
  ]);
}

/** Of a fresh object: it remembers nothing of what was moved. */
let name = 0;
function inContext<T>(act: (context: RegionContext) => Promise<T>): Promise<T> {
  const region = (['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'] as const)[name];
  if (!region) throw new Error('more tests than regions');
  const stub = regionStub(workerEnv, region);
  return runInDurableObject(stub as never, (_, state) =>
    act(new RegionContext(state as unknown as DurableObjectState, workerEnv)),
  );
}

async function rounds(context: RegionContext, kept = KEPT): Promise<void> {
  while (await pruneBodies(context, kept)) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Where the bodies are, from height 1. `both`: in D1 and in R2. */
async function places(last: bigint): Promise<string[]> {
  const found: string[] = [];
  for (let height = 1n; height <= last; height++) {
    const inD1 = ((await ledger.block(height))?.body.length ?? 0) > 0;
    const inR2 = await workerEnv.BLOBS.head(bodyKey(hashOf(height)));
    found.push(inD1 && inR2 ? 'both' : inD1 ? 'D1' : inR2 ? 'R2' : 'nowhere');
  }
  return found;
}

const failures = () => vi.spyOn(console, 'error').mockImplementation(() => undefined);

beforeEach(async () => {
  const { objects } = await workerEnv.BLOBS.list();
  await Promise.all(objects.map(({ key }) => workerEnv.BLOBS.delete(key)));
});
afterEach(() => {
  vi.restoreAllMocks();
  name += 1;
});

describe('a round', () => {
  it('moves what is older than the kept ones, and the last one that is kept stays', async () => {
    await blocks(5n);
    await inContext(async (context) => {
      expect(await pruneBodies(context, 5n)).toBe(false);
      expect(await pruneBodies(context, 6n)).toBe(false);
      await rounds(context);
      expect(await places(5n)).toEqual(['R2', 'R2', 'R2', 'D1', 'D1']);
      for (let height = 1n; height <= 5n; height++) {
        expect((await archivedLedger(workerEnv).block(height))?.body).toEqual(bodyOf(height));
      }
    });
  });

  it('is started once, and whoever starts it waits neither for it nor for R2', async () => {
    await blocks(5n);
    const { promise, resolve } = Promise.withResolvers<never>();
    const put = vi.spyOn(workerEnv.BLOBS, 'put').mockReturnValueOnce(promise);
    await inContext(async (context) => {
      for (let asked = 0; asked < 5; asked++) expect(await pruneBodies(context, KEPT)).toBe(true);
      expect(await Promise.all([1, 2].map(() => pruneBodies(context, KEPT)))).toEqual([true, true]);
      await vi.waitFor(() => expect(put).toHaveBeenCalledOnce());
      expect(await pruneBodies(context, KEPT)).toBe(true);
      expect(put).toHaveBeenCalledOnce();
      expect((await places(5n))[0]).toBe('D1');
      resolve(undefined as never);
      await rounds(context);
      expect(put).toHaveBeenCalledTimes(3);
    });
  });

  it('goes on after a put that never settles', async () => {
    await blocks(5n);
    const told = failures();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.spyOn(workerEnv.BLOBS, 'put').mockReturnValueOnce(new Promise<never>(() => undefined));
    await inContext(async (context) => {
      expect(await pruneBodies(context, KEPT)).toBe(true);
      for (let seconds = 0; seconds < 21; seconds++) await vi.advanceTimersByTimeAsync(1_000);
      vi.useRealTimers();
      expect(String(told.mock.calls)).toContain('no answer within');
      await rounds(context);
      expect(await places(5n)).toEqual(['R2', 'R2', 'R2', 'D1', 'D1']);
    });
  });

  it('takes a backlog by a bounded number of blocks', async () => {
    const last = 3n * PRUNE_EVERY_BLOCKS;
    await blocks(last);
    await inContext(async (context) => {
      const dropped = vi.spyOn(context.ledger, 'dropBody');
      await pruneBodies(context, KEPT);
      await vi.waitFor(() => expect(dropped).toHaveBeenCalledTimes(Number(2n * PRUNE_EVERY_BLOCKS)), 10_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(dropped).toHaveBeenCalledTimes(Number(2n * PRUNE_EVERY_BLOCKS));
      await rounds(context);
      expect(dropped).toHaveBeenCalledTimes(Number(last - KEPT));
    });
  });

  it('leaves a body in D1 that R2 did not take, and those behind it, and begins there the next time', async () => {
    await blocks(5n);
    const told = failures();
    const { put } = workerEnv.BLOBS;
    let puts = 0;
    vi.spyOn(workerEnv.BLOBS, 'put').mockImplementation(((...args: Parameters<typeof put>) => {
      puts += 1;
      if (puts === 2) return Promise.reject(new Error('R2 is away'));
      return put.apply(workerEnv.BLOBS, args);
    }) as typeof put);
    await inContext(async (context) => {
      expect(await pruneBodies(context, KEPT)).toBe(true);
      await vi.waitFor(() => expect(String(told.mock.calls)).toContain('R2 is away'));
      expect(await places(5n)).toEqual(['R2', 'D1', 'D1', 'D1', 'D1']);
      await rounds(context);
      expect(await places(5n)).toEqual(['R2', 'R2', 'R2', 'D1', 'D1']);
    });
  });

  it('that died between R2 and D1, or behind D1, is done again', async () => {
    await blocks(5n);
    const told = failures();
    await inContext(async (context) => {
      const drop = vi.spyOn(context.ledger, 'dropBody').mockRejectedValueOnce(new Error('D1 is away'));
      await pruneBodies(context, KEPT);
      await vi.waitFor(() => expect(String(told.mock.calls)).toContain('D1 is away'));
      expect((await places(5n))[0]).toBe('both');
      // The second time D1 does it, and the object dies before it has noted so.
      drop.mockRestore();
      vi.spyOn(context.meta, 'put').mockImplementationOnce(() => {
        throw new Error('the object died');
      });
      await pruneBodies(context, KEPT);
      await vi.waitFor(() => expect(String(told.mock.calls)).toContain('the object died'));
      await rounds(context);
      expect(await places(5n)).toEqual(['R2', 'R2', 'R2', 'D1', 'D1']);
    });
  });
});

describe('a witness', () => {
  it('is kept at the third try, and given up after it', async () => {
    const told = failures();
    const away = () => Promise.reject(new Error('R2 is away'));
    const put = vi.spyOn(workerEnv.BLOBS, 'put').mockImplementationOnce(away).mockImplementationOnce(away);
    await archiveWitness({ env: workerEnv }, hashOf(1n), bodyOf(1n));
    expect(await workerEnv.BLOBS.head(witnessKey(hashOf(1n)))).not.toBeNull();
    expect(told).toHaveBeenCalledTimes(2);
    put.mockImplementation(away);
    await archiveWitness({ env: workerEnv }, hashOf(2n), bodyOf(2n));
    expect(told).toHaveBeenCalledTimes(5);
    put.mockRestore();
    expect(await workerEnv.BLOBS.head(witnessKey(hashOf(2n)))).toBeNull();
  });

  it('is not held while R2 hangs on many: those behind it are given up, until it goes on', async () => {
    const told = failures();
    const { promise, resolve } = Promise.withResolvers<never>();
    const put = vi.spyOn(workerEnv.BLOBS, 'put').mockReturnValue(promise);
    const context = { env: workerEnv };
    const large = new Uint8Array(6 << 20);
    const first = archiveWitness(context, hashOf(3n), large);
    await archiveWitness(context, hashOf(4n), large);
    expect(put).toHaveBeenCalledOnce();
    expect(String(told.mock.calls)).toContain('on their way');
    // A small one has room beside it.
    const small = archiveWitness(context, hashOf(5n), bodyOf(5n));
    expect(put).toHaveBeenCalledTimes(2);
    resolve(undefined as never);
    await Promise.all([first, small]);
    put.mockRestore();
    await archiveWitness(context, hashOf(4n), large);
    expect((await workerEnv.BLOBS.head(witnessKey(hashOf(4n))))?.size).toBe(large.length);
  });

  it('counts as held for as long as R2 holds it, however long ago it was given up', async () => {
    failures();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { promise, resolve } = Promise.withResolvers<never>();
    const put = vi.spyOn(workerEnv.BLOBS, 'put').mockReturnValue(promise);
    const context = { env: workerEnv };
    const large = new Uint8Array(6 << 20);
    const first = archiveWitness(context, hashOf(3n), large);
    for (let seconds = 0; seconds < 61; seconds++) await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    await first;
    expect(put).toHaveBeenCalledTimes(3);
    await archiveWitness(context, hashOf(4n), large);
    expect(put).toHaveBeenCalledTimes(3);
    resolve(undefined as never);
    await vi.waitFor(async () => {
      await archiveWitness(context, hashOf(4n), large);
      expect(put).toHaveBeenCalledTimes(4);
    });
  });
});
