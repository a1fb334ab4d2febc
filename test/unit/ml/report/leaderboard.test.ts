import { describe, expect, it } from 'vitest';
import { deviation, leaderboardHash, leaderboardOf } from '../../../../ml/report/leaderboard.ts';
import { decodeReport } from '../../../../ml/report/report-bytes.ts';
import { jsonBytes } from '../../../../ml/search/json.ts';
import type { Candidate, JobSummary } from '../../../../ml/search/search.ts';

const trial = (index: number, candidate: Partial<Candidate>, rest: Partial<JobSummary>): JobSummary => ({
  index,
  kind: 'trial',
  state: 'done',
  cycles: 100n,
  candidate: { family: 'ridge', params: { alpha: index }, effort: 16, from: 'portfolio', ...candidate },
  ...rest,
});
const scored = (...criteria: number[]): Partial<JobSummary> => ({
  score: criteria.reduce((sum, x) => sum + x, 0) / criteria.length,
  folds: criteria,
  criteria,
});

const summaries: JobSummary[] = [
  trial(0, {}, scored(0.5, 0.7)),
  trial(1, { effort: 6 }, scored(0.9)),
  trial(2, {}, { state: 'failed' }),
  trial(3, {}, scored(0.8, 0.8)),
  trial(4, { params: { alpha: 1 }, effort: 16, from: 'promoted' }, { ...scored(0.9, 0.5), cycles: 60n }),
  trial(5, { effort: 6 }, scored(0.99)),
  { index: 6, kind: 'ensemble', state: 'done', cycles: 5n, score: 1 },
];

describe('the leaderboard', () => {
  const rows = leaderboardOf(summaries);

  it('ranks whole trials by merit, then those at low effort, then those without a score', () => {
    expect(rows.map(({ rank, trial: of }) => [rank, of])).toEqual([
      [1, 3],
      [2, 4],
      [3, 0],
      [4, 5],
      [5, 2],
    ]);
    expect(rows.at(-1)).not.toHaveProperty('score');
  });

  it('a promoted candidate has one row, with the cycles of both trials', () => {
    expect(rows[1]).toMatchObject({ trial: 4, effort: 16, from: 'promoted', cycles: '160' });
    expect(rows[1]?.sd).toBeCloseTo(0.2, 12);
  });

  it('depends on the trials alone, not on the order in which they came', () => {
    expect(leaderboardHash(leaderboardOf([...summaries].reverse()))).toEqual(leaderboardHash(rows));
    const other = summaries.map((summary) => (summary.index === 0 ? { ...summary, cycles: 101n } : summary));
    expect(leaderboardHash(leaderboardOf(other))).not.toEqual(leaderboardHash(rows));
  });

  it('a deviation is of the values themselves', () => {
    expect(deviation([1, 3])).toBe(1);
    expect(deviation([2])).toBe(0);
  });
});

describe('bytes of a report', () => {
  it('that are none are refused', () => {
    for (const bytes of [new Uint8Array(0), jsonBytes({ version: 1 }), jsonBytes([]), new Uint8Array((1 << 20) + 1)]) {
      expect(decodeReport(bytes)).toMatchObject({ ok: false, code: 'result_mismatch' });
    }
  });
});
