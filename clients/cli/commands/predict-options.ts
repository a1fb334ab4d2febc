/** What `hai predict` takes, for models of either kind. */
import type { CellOptions } from '../../../ml/table/read-as.ts';
import type { Zhi } from '../../../protocol/units.ts';
import type { PayerOptions } from '../payer.ts';
import type { CommonOptions } from '../session.ts';

export interface PredictOptions extends CommonOptions, PayerOptions, CellOptions {
  readonly limit?: Zhi;
  readonly yes?: true;
  readonly out?: string;
  readonly queue?: true;
  /** Of the model of a search. */
  readonly proba?: true;
  readonly local?: true;
}
