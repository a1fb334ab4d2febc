import { describe, expect, it, vi } from 'vitest';
import { fitEncoder } from '../../../../ml/features/fit.ts';
import { fitCheckpoint } from '../../../../ml/search/results.ts';
import { RowsFit } from '../../../../ml/search/rows-fit.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import type { Family } from '../../../../ml/trainers/trainer.ts';
import { equalBytes } from '../../../../protocol/hash.ts';
import { unwrap } from '../digits.ts';
import { mixedTable } from './tables.ts';

vi.mock('../../../../ml/features/fit.ts', { spy: true });

const table = mixedTable(60);
const rows = Int32Array.from({ length: 60 }, (_, row) => row);
const candidate = { family: 'logistic', params: {}, effort: 16, from: 'portfolio' } as const;
const started = (checkpoint?: Uint8Array) => new RowsFit(nodeKernels(), table, rows, candidate, [1, 2], checkpoint);

function whole(fit: RowsFit): RowsFit {
  while (!fit.advance(1 << 24));
  return fit;
}

describe('rows that are watched', () => {
  const many = mixedTable(2100);
  const all = Int32Array.from({ length: 2100 }, (_, row) => row);
  const learnedBy = (family: Family): number => {
    vi.mocked(fitEncoder).mockClear();
    new RowsFit(nodeKernels(), many, all, { ...candidate, family }, [1, 2]).advance(1);
    return vi.mocked(fitEncoder).mock.calls[0]?.[1].length ?? 0;
  };

  it.each<[Family, number]>([
    ['logistic', 2100],
    ['extraTrees', 2100],
    ['boost', 1839],
    ['mlp', 1839],
  ])('are kept back only from families that stop by them: %s learns from %d', (family, count) => {
    expect(learnedBy(family)).toBe(count);
  });
});

describe('a fit cut between slices', () => {
  it('learns its encoder once, wherever it is cut, and comes to the same', () => {
    const once = whole(started());
    vi.mocked(fitEncoder).mockClear();
    let fit = started();
    // The encoder, the rows, some of the fit.
    for (let step = 0; step < 4; step++) {
      fit.advance(1);
      const { cycles } = fit;
      fit = started(fit.checkpoint());
      expect(fit.cycles).toBe(cycles);
    }
    expect(whole(fit).cycles).toBe(once.cycles);
    expect(equalBytes(fit.finish().model, once.finish().model)).toBe(true);
    expect(fitEncoder).toHaveBeenCalledTimes(1);
  });

  it('may go on after its checkpoint was taken', () => {
    const fit = started();
    for (let step = 0; step < 4; step++) {
      fit.advance(1);
      fit.checkpoint();
    }
    expect(equalBytes(whole(fit).finish().model, whole(started()).finish().model)).toBe(true);
  });

  it('refuses a checkpoint that is none of it', () => {
    const fit = started();
    fit.advance(1);
    const checkpoint = unwrap(fitCheckpoint.decode(fit.checkpoint()));
    const other = fitCheckpoint.encode({ ...checkpoint, encoder: Uint8Array.of(1, 2, 3) });
    expect(() => started(other)).toThrow('not a checkpoint of this fit');
    expect(() => started(Uint8Array.of(1))).toThrow('not a checkpoint of this fit');
  });
});
