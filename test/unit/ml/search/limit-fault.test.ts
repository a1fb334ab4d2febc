import { describe, expect, it } from 'vitest';
import { KernelFault } from '../../../../hpu/shape.ts';
import { startJob } from '../../../../ml/search/jobs.ts';
import type { Job, JobSummary } from '../../../../ml/search/search.ts';
import type { TrainerKernels } from '../../../../ml/trainers/kernels.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import { unwrap } from '../digits.ts';
import { mixedTable, specFor } from './tables.ts';

const kernels = nodeKernels();

/** The `nth` claim of the trees' memory, and those after it, meet an error. */
function failingFrom(nth: number, error: Error): TrainerKernels {
  const { trees } = kernels;
  let claims = 0;
  const claim: typeof trees.claim = (tenant) => {
    if (++claims >= nth) throw error;
    return trees.claim(tenant);
  };
  return { ...kernels, trees: { ...trees, claim } };
}

function run(on: TrainerKernels, kind: 'trial' | 'refit'): JobSummary {
  const candidate = { family: 'extraTrees', params: { trees: 2 }, effort: 16, from: 'portfolio' } as const;
  const job: Job = { index: 0, round: 0, kind, needs: [], cap: 10n ** 12n, candidate };
  const running = unwrap(startJob(on, mixedTable(60), specFor(), job, new Map()));
  while (!running.advance(1 << 28));
  return running.finish().summary;
}

describe('a limit that is met on the way', () => {
  it.each<[string, 'trial' | 'refit', number, Error]>([
    ['memory for a fit', 'trial', 1, new KernelFault(5, 'no room')],
    ['memory for a prediction', 'trial', 4, new KernelFault(5, 'no room')],
    ['an array', 'trial', 1, new RangeError('Invalid array length')],
    ['memory for a refit', 'refit', 1, new KernelFault(5, 'no room')],
  ])('is the end of that job alone: %s', (_name, kind, nth, error) => {
    expect(run(failingFrom(nth, error), kind)).toMatchObject({ kind, state: 'failed' });
  });

  it('is no excuse for other errors', () => {
    expect(() => run(failingFrom(1, new TypeError('a mistake')), 'trial')).toThrow(TypeError);
    expect(run(failingFrom(1e9, new Error()), 'trial').state).toBe('done');
  });
});
