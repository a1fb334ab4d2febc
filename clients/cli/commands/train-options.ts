/** What `hai train` takes, as its two ways to a model see it. */
import type { SearchSpec } from '../../../ml/search/search.ts';
import type { Family } from '../../../ml/trainers/trainer.ts';
import type { Zhi } from '../../../protocol/units.ts';
import type { Until } from '../follow.ts';
import type { PayerOptions } from '../payer.ts';
import type { ReadFileOptions } from '../read-options.ts';
import type { CommonOptions } from '../session.ts';

/** What both take. */
export interface TrainOptions extends CommonOptions, PayerOptions {
  readonly target?: string;
  readonly seed: bigint;
  readonly limit?: Zhi;
  readonly yes?: true;
  readonly model?: string;
  readonly force?: true;
  readonly manual?: number;
  readonly queue?: true;
  readonly until: Until | 'sent';
}

export interface SearchOptions extends TrainOptions, ReadFileOptions {
  readonly budget: bigint;
  readonly trials: number;
  readonly folds: number;
  readonly rowCycles: number;
  readonly families?: readonly Family[];
  readonly task?: SearchSpec['task'];
  readonly metric?: string;
  /** Of an endpoint. */
  readonly name?: string;
  readonly local?: true;
  readonly events?: true;
}

export interface NetworkOptions extends TrainOptions {
  readonly hidden?: number;
  readonly epochs?: number;
  readonly batch?: number;
}
