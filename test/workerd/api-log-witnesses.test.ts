/** Which checkpoint a reader is given, whose witnesses are some of those that the deployment lists. */
import { describe, expect, it, vi } from 'vitest';
import { RegionContext } from '../../durable-objects/region/context.ts';
import type { CheckpointChoice } from '../../durable-objects/region/sequencer/log-answers.ts';
import { witnessId } from '../../durable-objects/region/sequencer/log-store.ts';
import { CANDIDATE_MS } from '../../protocol/log/candidate.ts';
import { parseHeadText } from '../../protocol/log/checkpoint.ts';
import { parseNote, signatureLine } from '../../protocol/log/note.ts';
import { openCheckpoint } from '../../protocol/log/open-checkpoint.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import { keyPair } from '../support/keys.ts';
import { cosign } from '../support/log.ts';
import { CHAIN, emptyBucketBeforeEach, inKeeper, type Keeper, keeperIn, ledgerOf, NOW } from './log-keeper.ts';
import { workerEnv } from './region-demander.ts';

const WITNESSES = ['w/1', 'w/2', 'w/3'].map((name) => ({ name, pair: keyPair(`listed/${name}`) }));
const KEYS = WITNESSES.map(({ name, pair }) => ({ name, publicKey: pair.key }));
const [FIRST, SECOND, THIRD] = [0, 1, 2];

emptyBucketBeforeEach();

async function noteOf({ checkpoints, network }: Keeper, choice: CheckpointChoice, nowMs = NOW): Promise<string> {
  const given = await checkpoints.give(network, choice, nowMs);
  if (!given.ok) throw new Error(given.code);
  return given.value;
}

/** Signs what `note` says; the code of a refusal, or undefined. */
async function handIn({ checkpoints, network }: Keeper, note: string, i: number, nowMs = NOW) {
  const { name, pair } = WITNESSES[i] as (typeof WITNESSES)[number];
  const text = parseNote(note)?.text as string;
  const line = signatureLine(cosign(text, BigInt(nowMs), name, pair)).slice(0, -1);
  const taken = await checkpoints.addCosignature(network, parseHeadText(text)?.size as bigint, line, nowMs);
  return taken.ok ? undefined : taken.code;
}

const sign = async (keeper: Keeper, i: number, nowMs = NOW) =>
  handIn(keeper, await noteOf(keeper, 'candidate', nowMs), i, nowMs);

/** Leaves of the checkpoint that a reader of these witnesses opens, of which it wants so many. */
async function readBy(keeper: Keeper, of: readonly number[], required: number): Promise<bigint> {
  const witnesses = of.map((i) => KEYS[i] as (typeof KEYS)[number]);
  const note = await noteOf(keeper, { cosignatures: required, witnesses: witnesses.map(witnessId) });
  const { genesis, hash } = keeper.network;
  const policy = { genesisHash: hash, logKey: genesis.logKey, witnesses, required, spareLines: 'ignore' as const };
  const opened = await openCheckpoint(note, policy, verifyFast);
  if (!opened.ok) throw new Error(opened.code);
  return opened.value.head.size;
}

/** All have signed 10; then two quick ones sign 20 and 30, and the third has not come yet. */
async function withTwoQuickOnes(keeper: Keeper): Promise<void> {
  await ledgerOf(CHAIN.slice(0, 10));
  await keeper.round();
  for (const i of [FIRST, SECOND, THIRD]) await sign(keeper, i);
  for (const [n, size] of [20, 30].entries()) {
    await ledgerOf(CHAIN.slice(0, size));
    const nowMs = NOW + (n + 1) * CANDIDATE_MS;
    await keeper.round(nowMs);
    for (const i of [FIRST, SECOND]) await sign(keeper, i, nowMs);
  }
}

describe('a reader', () => {
  it('is given the newest that enough of its own witnesses have signed, whoever signed the newest', () =>
    inKeeper(async (keeper) => {
      await withTwoQuickOnes(keeper);
      expect(await readBy(keeper, [THIRD], 1)).toBe(10n);
      expect(await readBy(keeper, [SECOND, THIRD], 2)).toBe(10n);
      expect(await readBy(keeper, [SECOND, THIRD], 1)).toBe(30n);
      expect(await readBy(keeper, [FIRST, SECOND], 2)).toBe(30n);
      expect(await readBy(keeper, [FIRST, SECOND, THIRD], 3)).toBe(10n);
      expect(await readBy(keeper, [], 0)).toBe(30n);
    }, KEYS));

  it('of a witness that is not listed is given none', () =>
    inKeeper(async (keeper) => {
      await withTwoQuickOnes(keeper);
      const stranger = witnessId({ name: 'x', publicKey: keyPair('x').key });
      await expect(noteOf(keeper, { cosignatures: 1, witnesses: [stranger] })).rejects.toThrow('not_found');
    }, KEYS));

  it('is not counted those who have been taken off the list', () =>
    inKeeper(async (keeper) => {
      await withTwoQuickOnes(keeper);
      const next = keeperIn(new RegionContext(keeper.context.ctx, workerEnv), KEYS.slice(1));
      await expect(noteOf(next, { cosignatures: 3, witnesses: [] })).rejects.toThrow('not_found');
      expect(await readBy(next, [SECOND, THIRD], 2)).toBe(10n);
      expect(await noteOf(next, { cosignatures: 1, witnesses: [] })).not.toContain('w/1');
      // Of the name, with another key.
      const renewed = [{ name: 'w/1', publicKey: keyPair('renewed').key }, ...KEYS.slice(1)];
      const other = keeperIn(new RegionContext(keeper.context.ctx, workerEnv), renewed);
      await expect(noteOf(other, { cosignatures: 3, witnesses: [] })).rejects.toThrow('not_found');
      expect(await noteOf(other, { cosignatures: 2, witnesses: [] })).not.toContain('w/1');
    }, KEYS));
});

describe('a slow witness', () => {
  it('may hand in what it was asked for while two quick ones went on', () =>
    inKeeper(async (keeper) => {
      await ledgerOf(CHAIN.slice(0, 10));
      await keeper.round();
      const asked = await noteOf(keeper, 'candidate');
      for (const i of [FIRST, SECOND]) await sign(keeper, i);
      for (const [n, size] of [20, 30, 40].entries()) {
        await ledgerOf(CHAIN.slice(0, size));
        const nowMs = NOW + (n + 1) * CANDIDATE_MS;
        await keeper.round(nowMs);
        for (const i of [FIRST, SECOND]) expect(await sign(keeper, i, nowMs)).toBeUndefined();
      }
      expect(await handIn(keeper, asked, THIRD)).toBeUndefined();
      expect(await readBy(keeper, [FIRST, SECOND, THIRD], 3)).toBe(10n);
      expect(await readBy(keeper, [THIRD], 1)).toBe(10n);
      expect(await readBy(keeper, [FIRST, SECOND], 2)).toBe(40n);
    }, KEYS));

  it('that comes after that is told so', () =>
    inKeeper(async (keeper) => {
      await ledgerOf(CHAIN.slice(0, 10));
      await keeper.round();
      const asked = await noteOf(keeper, 'candidate');
      for (let n = 1; n <= 5; n++) {
        await ledgerOf(CHAIN.slice(0, 10 + n));
        await keeper.round(NOW + n * CANDIDATE_MS);
        await sign(keeper, FIRST, NOW + n * CANDIDATE_MS);
      }
      expect(await handIn(keeper, asked, THIRD)).toBe('checkpoint_outdated');
    }, KEYS));
});

describe('a line that is sent again', () => {
  it('writes nothing', () =>
    inKeeper(async (keeper) => {
      await ledgerOf(CHAIN.slice(0, 10));
      await keeper.round();
      const note = await noteOf(keeper, 'candidate');
      expect(await handIn(keeper, note, FIRST, NOW)).toBeUndefined();
      const before = await noteOf(keeper, 'candidate');
      const write = vi.spyOn(keeper.store, 'addCosignature');
      for (const nowMs of [NOW, NOW, NOW - 1]) expect(await handIn(keeper, note, FIRST, nowMs)).toBeUndefined();
      expect(write).not.toHaveBeenCalled();
      expect(await noteOf(keeper, 'candidate')).toBe(before);
      expect(await handIn(keeper, note, FIRST, NOW + 1)).toBeUndefined();
      expect(write).toHaveBeenCalledOnce();
    }, KEYS));
});
