import { describe, expect, it } from 'vitest';
import { batchesOf, type RoleEntry } from '../../../durable-objects/region/batches.ts';
import { takenInTurn } from '../../../durable-objects/region/sequencer/in-turn.ts';

describe('taken in turn', () => {
  it('gives each list its turn and keeps each in its order', () => {
    expect(takenInTurn([['a1', 'a2', 'a3'], ['b1'], ['c1', 'c2']], 10)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  });

  it('lets a short list in, however long another is', () => {
    const flood = Array.from({ length: 5000 }, (_, i) => `f${i}`);
    expect(takenInTurn([flood, ['small']], 1000)).toContain('small');
    expect(takenInTurn([flood, ['small']], 1000)).toHaveLength(1000);
  });

  it('takes nothing of nothing', () => {
    expect(takenInTurn([], 10)).toEqual([]);
    expect(takenInTurn([[], []], 10)).toEqual([]);
  });
});

describe('batches of role entries', () => {
  const entry = (id: number, role: RoleEntry['role'], order: number, tries = 0): RoleEntry => ({
    id,
    role,
    order: new Uint8Array([order]),
    entry: new Uint8Array(),
    tries,
  });
  const idsOf = (entries: RoleEntry[], max: number): number[][] =>
    batchesOf(entries, (order) => String(order[0]), max).map((batch) => batch.map(({ id }) => id));

  it("keep an order's own entries in their order, and put equal ones of several orders together", () => {
    const entries = [entry(1, 'match', 1), entry(2, 'match', 2), entry(3, 'work', 1), entry(4, 'work', 2)];
    expect(idsOf(entries, 8)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('keep a second attempt behind the first one of the same order', () => {
    const roles = ['match', 'work', 'result', 'match', 'work', 'result', 'settle'] as const;
    expect(
      idsOf(
        roles.map((role, id) => entry(id, role, 1)),
        8,
      ),
    ).toEqual(roles.map((_, id) => [id]));
  });

  it('are of at most so many entries, and refunds go alone', () => {
    const matches = Array.from({ length: 5 }, (_, i) => entry(i, 'match', i));
    expect(idsOf(matches, 2)).toEqual([[0, 1], [2, 3], [4]]);
    expect(idsOf([entry(1, 'refund', 1), entry(2, 'refund', 2)], 8)).toEqual([[1], [2]]);
  });

  it('are smaller with each refusal: what can’t be executed is soon alone, and what is new is never with it', () => {
    const tried = (tries: number) => Array.from({ length: 8 }, (_, i) => entry(i, 'match', i, tries));
    expect([0, 1, 2, 3, 99].map((tries) => idsOf(tried(tries), 8).map((batch) => batch.length))).toEqual([
      [8],
      [4, 4],
      [2, 2, 2, 2],
      Array(8).fill(1),
      Array(8).fill(1),
    ]);
    const mixed = [entry(0, 'match', 0), entry(1, 'match', 1, 2), entry(2, 'match', 2), entry(3, 'match', 3, 2)];
    expect(idsOf(mixed, 8)).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });
});
