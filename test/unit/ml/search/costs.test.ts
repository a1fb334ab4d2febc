import { describe, expect, it } from 'vitest';
import { Costs, type Finished } from '../../../../ml/search/costs.ts';
import { FULL_EFFORT, LOW_EFFORT } from '../../../../ml/search/effort.ts';
import { startJob } from '../../../../ml/search/jobs.ts';
import type { Candidate, Job, SearchSpec, TableShape } from '../../../../ml/search/search.ts';
import { type Choice, portfolioOf } from '../../../../ml/search/space.ts';
import { shapeOf } from '../../../../ml/table/shape.ts';
import type { Table } from '../../../../ml/table/table.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import type { Family } from '../../../../ml/trainers/trainer.ts';
import { unwrap } from '../digits.ts';
import { mixedTable, specFor, stripes, valuesTable } from './tables.ts';

const CAP = 10n ** 12n;
const candidateOf = (choice: Choice, effort = LOW_EFFORT): Candidate => ({ ...choice, effort, from: 'portfolio' });
const jobOf = (candidate: Candidate): Job => ({ index: 0, round: 0, kind: 'trial', needs: [], cap: CAP, candidate });

function measured(table: Table, spec: SearchSpec, choice: Choice): bigint {
  const running = unwrap(startJob(nodeKernels(), table, spec, jobOf(candidateOf(choice)), new Map()));
  while (!running.advance(1 << 28));
  return running.finish().summary.cycles;
}

const TABLES: readonly (readonly [string, Table, Partial<SearchSpec>])[] = [
  ['120 rows of classes', mixedTable(120, 0.4), { families: ['boost', 'mlp'] }],
  ['250 rows of classes', mixedTable(250, 0.4), { families: ['boost', 'mlp'] }],
  ['100 values', valuesTable(100), { task: 'values', metric: 'r2', families: ['boost', 'mlp'] }],
  ['250 values', valuesTable(250), { task: 'values', metric: 'r2', families: ['boost', 'mlp'] }],
  ['60 images', stripes(60), { families: ['cnn', 'mlp'] }],
];
/** Networks take the steps that they are told to; what trees take depends on what there is to be learned. */
const TIMES: Partial<Record<Family, number>> = { mlp: 1.1, cnn: 1.1, boost: 2.2 };

describe.each(TABLES)('what a trial on %s is expected to take', (_, table, changes) => {
  it('is about what it takes, before any was measured', () => {
    const spec = specFor({ ...changes, folds: 5 });
    const costs = new Costs(spec, shapeOf(table), LOW_EFFORT, []);
    for (const choice of portfolioOf(spec.families).slice(0, 4)) {
      const ratio = Number(measured(table, spec, choice)) / Number(costs.expected(choice, LOW_EFFORT));
      const most = TIMES[choice.family] as number;
      expect(Math.max(ratio, 1 / ratio), JSON.stringify(choice)).toBeLessThan(most);
    }
  });
});

describe('what trials so far tell of the next', () => {
  const shape: TableShape = { rows: 600, columns: 12, classes: 3, images: false };
  const spec = specFor({ folds: 5 });
  const expected = (family: Family, of: readonly Finished[] = []): bigint =>
    new Costs(spec, shape, LOW_EFFORT, of).expected({ family, params: {} }, FULL_EFFORT);
  const usual = expected('mlp');
  const finished = (state: 'done' | 'capped' | 'failed', cycles: bigint, family: Family = 'mlp'): Finished => {
    const candidate = candidateOf({ family, params: {} }, FULL_EFFORT);
    return { job: jobOf(candidate), candidate, summary: { index: 0, kind: 'trial', state, cycles, candidate } };
  };
  const told = (...of: readonly Finished[]): number => Number((expected('mlp', of) * 1000n) / usual) / 1000;

  it('one that was done: as much; of trees that took less, half as much less', () => {
    expect(told(finished('done', 3n * usual))).toBeCloseTo(3, 2);
    expect(told(finished('done', usual / 5n))).toBeCloseTo(0.2, 2);
    const boost = expected('boost');
    const fifth = finished('done', boost / 5n, 'boost');
    expect(Number(expected('boost', [fifth])) / Number(boost)).toBeCloseTo(0.6, 2);
  });

  it('one that met its cap: more than that, and never less', () => {
    expect(told(finished('capped', 2n * usual))).toBeCloseTo(3, 2);
    expect(told(finished('capped', usual / 10n))).toBe(1);
    expect(told(finished('done', usual), finished('capped', 2n * usual))).toBeCloseTo(3, 2);
  });

  it('one that failed, or of another family: nothing', () => {
    expect(told(finished('failed', 9n * usual))).toBe(1);
    expect(told(finished('done', 9n * usual, 'boost'))).toBe(1);
  });
});
