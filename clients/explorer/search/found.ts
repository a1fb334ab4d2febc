/** What a search has come to. */
import type { Bundle } from '../../../ml/bundle/bundle.ts';
import type { ReadAs } from '../../../ml/table/read-as.ts';
import type { Table } from '../../../ml/table/table.ts';
import type { SearchWork } from '../../../protocol/order/work.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import type { SearchModel } from '../../sdk/search-parts.ts';

export interface Found {
  readonly order: WireOrder;
  readonly model: SearchModel & { readonly work: SearchWork };
  /** What was searched; undefined after a reload, which the table does not outlive. */
  readonly table: Table | undefined;
  /** How that was read; undefined of a search that was kept before this was. */
  readonly readAs: ReadAs | undefined;
  /** Canonical bytes of the bundle, decrypted and equal to the order's result root; none where no model was found. */
  readonly bytes: Uint8Array;
  /** Of those bytes. */
  readonly bundle: Bundle | undefined;
}

export type FoundModel = Found & { readonly bundle: Bundle };

export const hasModel = (found: Found): found is FoundModel => found.bundle !== undefined;
