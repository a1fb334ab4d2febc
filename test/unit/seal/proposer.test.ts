/** The proposer's reducer, cell by cell: what follows from each event in each state, and that nothing else is taken. */
import { describe, expect, test } from 'vitest';
import { QUORUM, type Vote } from '../../../protocol/block/certificate.ts';
import { taggedHash } from '../../../protocol/hash.ts';
import {
  COMMIT_TRIES_MAX,
  rollbackFault,
  SEAL_START,
  type SealEvent,
  type SealState,
  sealStep,
} from '../../../protocol/seal/proposer.ts';
import type { Place, StagedBlock } from '../../../protocol/seal/stage.ts';

const hashOf = (name: string) => taggedHash('test', new TextEncoder().encode(name));
const place = (height: bigint, name: string): Place => ({ height, hash: hashOf(name) });
/** The reducer looks at no more of a block than its place and its parent. */
const staged = (height: bigint, name: string, parent: string): StagedBlock =>
  ({ ...place(height, name), parent: hashOf(parent), block: null }) as unknown as StagedBlock;
const votes = (count: number): Vote[] => Array.from({ length: count }, (_, seat) => ({ seat, signature: hashOf('s') }));

const tip = place(4n, 'four');
const block = staged(5n, 'five', 'four');
const recalled = { stage: undefined, mark: undefined };

const STATES: Record<SealState['at'], SealState> = {
  start: SEAL_START,
  reading: { at: 'reading', recalled },
  loading: { at: 'loading', recalled },
  pulling: { at: 'pulling', tip },
  building: { at: 'building', tip },
  staging: { at: 'staging', tip, block },
  rebuilding: { at: 'rebuilding', block },
  voting: { at: 'voting', block },
  committing: { at: 'committing', block, votes: votes(QUORUM), tries: 1 },
  settling: { at: 'settling', outcome: 'sealed', block },
  dropping: { at: 'dropping' },
  done: { at: 'done' },
};
const EVENTS: Record<SealEvent['is'], SealEvent> = {
  recalled: { is: 'recalled', ...recalled },
  read: { is: 'read', tip, held: undefined },
  loaded: { is: 'loaded', tip },
  pulled: { is: 'pulled', count: 1 },
  noClock: { is: 'noClock' },
  built: { is: 'built', block, refusals: false },
  staged: { is: 'staged', block },
  rebuilt: { is: 'rebuilt', sound: true },
  voted: { is: 'voted', votes: votes(QUORUM) },
  committed: { is: 'committed' },
  notCertified: { is: 'notCertified', reason: 'r' },
  stale: { is: 'stale' },
  unlinked: { is: 'unlinked' },
  commitFailed: { is: 'commitFailed', reason: 'r' },
  settled: { is: 'settled' },
  dropped: { is: 'dropped' },
};
/** The effect that follows; every cell that is not here throws. */
const TABLE: Partial<Record<SealState['at'], Partial<Record<SealEvent['is'], string>>>> = {
  start: { recalled: 'readTip' },
  reading: { read: 'load' },
  loading: { loaded: 'pull' },
  pulling: { pulled: 'build', noClock: 'end stalled' },
  building: { built: 'stage' },
  staging: { staged: 'askVotes' },
  rebuilding: { rebuilt: 'askVotes' },
  voting: { voted: 'commit' },
  committing: {
    committed: 'settle',
    stale: 'drop',
    unlinked: 'end stale',
    notCertified: 'end stalled',
    commitFailed: 'commit',
  },
  settling: { settled: 'end sealed' },
  dropping: { dropped: 'end stale' },
};

const effectOf = (state: SealState, event: SealEvent): string => {
  const { effect } = sealStep(state, event);
  return effect.kind === 'end' ? `end ${effect.outcome.kind}` : effect.kind;
};

describe('the table', () => {
  const cells = Object.keys(STATES).flatMap((at) => Object.keys(EVENTS).map((is) => [at, is] as const));
  test.each(cells)('%s takes %s as written', (at, is) => {
    const state = STATES[at as SealState['at']];
    const event = EVENTS[is as SealEvent['is']];
    const expected = TABLE[at as SealState['at']]?.[is as SealEvent['is']];
    if (expected) expect(effectOf(state, event)).toBe(expected);
    else expect(() => sealStep(state, event)).toThrow(`sealing that is ${at} can't take '${is}'`);
  });
});

describe('a stage that was found', () => {
  const found = (stage: StagedBlock) =>
    effectOf({ at: 'loading', recalled: { stage, mark: undefined } }, EVENTS.loaded);
  test.each([
    ['on the tip is voted on again', staged(5n, 'five', 'four'), 'rebuild'],
    ['that is the tip has landed', staged(4n, 'four', 'three'), 'settle'],
    ['at the height of another block is dropped', staged(4n, 'other', 'three'), 'drop'],
    ['below the tip is dropped', staged(3n, 'three', 'two'), 'drop'],
    ['beside the tip is kept', staged(5n, 'five', 'other'), 'end rolledBack'],
    ['above the tip is kept', staged(6n, 'six', 'five'), 'end rolledBack'],
  ])('%s', (_, stage, effect) => expect(found(stage)).toBe(effect));

  test('in the place of the own one is treated alike', () => {
    const other = staged(5n, 'other', 'four');
    expect(effectOf(STATES.staging, { is: 'staged', block: other })).toBe('rebuild');
    expect(effectOf(STATES.staging, { is: 'staged', block: staged(4n, 'other', 'three') })).toBe('drop');
    expect(effectOf(STATES.staging, { is: 'staged', block: undefined })).toBe('end stale');
  });

  test('that no longer executes to its header is not replaced', () => {
    expect(effectOf(STATES.rebuilding, { is: 'rebuilt', sound: false })).toBe('end stalled');
  });
});

describe('the same bytes', () => {
  test('are submitted a bounded number of times', () => {
    let state = STATES.committing;
    for (let tries = 1; tries < COMMIT_TRIES_MAX; tries++) {
      const step = sealStep(state, EVENTS.commitFailed);
      expect(step.effect).toEqual({ kind: 'commit', block, votes: votes(QUORUM) });
      state = step.state;
    }
    expect(effectOf(state, EVENTS.commitFailed)).toBe('end stalled');
  });

  test('need a quorum', () => {
    expect(effectOf(STATES.voting, { is: 'voted', votes: votes(QUORUM - 1) })).toBe('end stalled');
  });
});

describe('nothing to seal', () => {
  test.each<[string, SealState, SealEvent, string]>([
    ['nothing is pending', STATES.pulling, { is: 'pulled', count: 0 }, 'end nothing'],
    ['all were refused', STATES.building, { is: 'built', block: undefined, refusals: true }, 'end refusals'],
    ['nothing is left', STATES.building, { is: 'built', block: undefined, refusals: false }, 'end nothing'],
  ])('%s', (_, state, event, effect) => expect(effectOf(state, event)).toBe(effect));
});

describe('a ledger that was rolled back', () => {
  const mark = place(4n, 'four');
  test.each<[string, Place | undefined, Place, string | undefined, boolean]>([
    ['is not one without a mark', undefined, place(0n, 'genesis'), undefined, false],
    ['is not one at the mark', mark, tip, undefined, false],
    ['is not one above it that holds it', mark, place(6n, 'six'), 'four', false],
    ['ends below the mark', mark, place(3n, 'three'), undefined, true],
    ['has another block at the mark', mark, place(4n, 'other'), undefined, true],
    ['has another block there and has gone on', mark, place(6n, 'six'), 'other', true],
    ['has none there and has gone on', mark, place(6n, 'six'), undefined, true],
  ])('%s', (_, known, at, held, rolledBack) => {
    const heldHash = held === undefined ? undefined : hashOf(held);
    expect(rollbackFault(known, at, heldHash) !== undefined).toBe(rolledBack);
    const state: SealState = { at: 'reading', recalled: { stage: block, mark: known } };
    expect(effectOf(state, { is: 'read', tip: at, held: heldHash })).toBe(rolledBack ? 'end rolledBack' : 'load');
  });
});
