/** The keeper of the log in an object of the tests' worker, its D1 and its R2. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { type Network, RegionContext } from '../../durable-objects/region/context.ts';
import { HeaderLog } from '../../durable-objects/region/sequencer/log.ts';
import { LogCheckpoints } from '../../durable-objects/region/sequencer/log-checkpoints.ts';
import { LogStore } from '../../durable-objects/region/sequencer/log-store.ts';
import { type BlockHeader, encodeHeader, headerHash } from '../../protocol/block/header.ts';
import { logOrigin, parseHeadText } from '../../protocol/log/checkpoint.ts';
import type { WitnessKey } from '../../protocol/log/cosignature.ts';
import { EMPTY_LOG, logRoot, withLeaf } from '../../protocol/log/frontier.ts';
import { parseNote } from '../../protocol/log/note.ts';
import { leafHash } from '../../protocol/merkle.ts';
import { regionStub } from '../../workers/env.ts';
import { encoded, headerChain } from '../support/headers.ts';
import { testNetwork } from '../support/network.ts';
import { workerEnv } from './region-demander.ts';

export const test = testNetwork('log-keeper');
export const CHAIN = headerChain(test, 600);
export const OTHER = headerChain(test, 600, 1);
/** Whatever has co-signed it. */
export const ANY = { cosignatures: 0, witnesses: [] };
export const NOW = 1_800_000_000_000;

/** D1 holds these, and nothing else. */
export async function ledgerOf(headers: readonly BlockHeader[]): Promise<void> {
  const row = env.DB.prepare(
    `INSERT INTO block(height, hash, time_ms, header, body, certificate) VALUES(CAST(? AS INTEGER), ?, 1, ?, x'01', x'01')`,
  );
  const rows = headers.map((header) => row.bind(header.height.toString(), headerHash(header), encodeHeader(header)));
  await env.DB.batch([env.DB.prepare('DELETE FROM block'), ...rows]);
}

export function rootOf(headers: readonly BlockHeader[]): Uint8Array {
  return logRoot(encoded(headers).map(leafHash).reduce(withLeaf, EMPTY_LOG));
}

export interface Keeper {
  readonly context: RegionContext;
  readonly store: LogStore;
  readonly log: HeaderLog;
  readonly checkpoints: LogCheckpoints;
  readonly network: Network;
  /** One round, to its end. */
  round(nowMs?: number): Promise<void>;
  /** The newest checkpoint, as it is given out. */
  head(): Promise<{ size: bigint; root: Uint8Array } | undefined>;
}

export function keeperIn(context: RegionContext, witnesses: readonly WitnessKey[] = []): Keeper {
  const genesis = { ...test.genesis, logKey: context.keyring.publicKey('log') };
  const network = { genesis, hash: test.hash };
  const store = new LogStore(context, witnesses);
  const log = new HeaderLog(context, store);
  const checkpoints = new LogCheckpoints(context, store, witnesses);
  const underWay: Promise<unknown>[] = [];
  vi.spyOn(context.ctx, 'waitUntil').mockImplementation((promise) => void underWay.push(promise));
  return {
    context,
    store,
    log,
    checkpoints,
    network,
    async round(nowMs = NOW) {
      log.advance(network, nowMs);
      await Promise.all(underWay.splice(0));
    },
    async head() {
      const given = await checkpoints.give(network, ANY, NOW);
      const note = given.ok ? parseNote(given.value) : undefined;
      const head = note && parseHeadText(note.text);
      if (head) expect(head.origin).toBe(logOrigin(test.hash));
      return head && { size: head.size, root: head.root };
    },
  };
}

/** Of an object that remembers nothing of a log. */
export function inKeeper(act: (keeper: Keeper) => Promise<void>, witnesses?: readonly WitnessKey[]): Promise<void> {
  return runInDurableObject(regionStub(workerEnv, 'enam') as never, async (_, state) => {
    const { ctx } = new RegionContext(state as unknown as DurableObjectState, workerEnv);
    const { sql } = ctx.storage;
    for (const table of ['log_checkpoint', 'log_cosignature', 'due']) sql.exec(`DELETE FROM ${table}`);
    sql.exec("DELETE FROM meta WHERE key LIKE 'log-%'");
    await act(keeperIn(new RegionContext(ctx, workerEnv), witnesses));
  });
}

export const headOf = (size: number, headers = CHAIN) => ({ size: BigInt(size), root: rootOf(headers.slice(0, size)) });
export const told = () => vi.spyOn(console, 'error').mockImplementation(() => undefined);

/** Called by each file: modules are shared by all of them, and hooks are not. */
export function emptyBucketBeforeEach(): void {
  beforeEach(async () => {
    const { objects } = await workerEnv.BLOBS.list();
    await Promise.all(objects.map(({ key }) => workerEnv.BLOBS.delete(key)));
  });
  afterEach(() => void vi.restoreAllMocks());
}
