/** The longest files first: the last one to be begun decides how long all but one of the workers idle. */
import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** From 20 s down, where two workers share two cores. Without a cache vitest goes by the size of the files. */
const SLOW: readonly string[] = [
  ...[
    'sigkill.test.ts',
    'simulator.test.ts',
    'sealing-faults.test.ts',
    'dead-consumers.test.ts',
    'witness-kill.test.ts',
  ],
  ...['dead-tiles.test.ts', 'provider.test.ts', 'verify.test.ts', 'automl.test.ts', 'replica.test.ts'],
];

const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = SLOW.indexOf(basename(moduleId));
  return rank < 0 ? SLOW.length : rank;
};

export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rankOf(a) - rankOf(b));
  }
}
