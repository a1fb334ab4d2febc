/** What a search has come to. */
import type { Table } from '../../../ml/table/table.ts';
import type { SearchWork } from '../../../protocol/order/work.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import type { SearchModel } from '../../sdk/search-parts.ts';
import type { SearchPlan } from './plan.ts';

export interface Found {
  readonly order: WireOrder;
  readonly model: SearchModel & { readonly work: SearchWork };
  readonly table: Table;
  readonly plan: SearchPlan;
  /** Canonical bytes of the bundle, decrypted and equal to the order's result root; none where no model was found. */
  readonly bytes: Uint8Array;
}

export const hasModel = ({ bytes }: Found): boolean => bytes.length > 0;
