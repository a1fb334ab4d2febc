/** Records of the chain that an intake asks for, as the last read of D1 had them. The object holds none of its own. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Ledger } from '../../ledger/ledger.ts';
import type { RecordKind, RecordPlace, RecordView } from '../../protocol/state/record.ts';

/** More than one batch of transactions can name. */
const RECORDS_MAX = 4_096;

const idOf = ({ kind, key }: RecordPlace): string => `${kind}/${bytesToHex(key)}`;

export class LedgerRecords implements RecordView {
  readonly #ledger: Pick<Ledger, 'records'>;
  /** `read`: number of the read that brought it; undefined where the ledger has none. */
  readonly #held = new Map<string, { readonly read: number; readonly value: Uint8Array | undefined }>();
  #reads = 0;

  constructor(ledger: Pick<Ledger, 'records'>) {
    this.#ledger = ledger;
  }

  /** Reads them all anew. An answer that was overtaken by that of a later read is left out. */
  async load(places: readonly RecordPlace[]): Promise<void> {
    if (places.length === 0) return;
    const read = ++this.#reads;
    const found = new Map((await this.#ledger.records(places)).map((one) => [idOf(one), one.value]));
    for (const id of new Set(places.map(idOf))) {
      if ((this.#held.get(id)?.read ?? 0) > read) continue;
      this.#held.delete(id);
      this.#held.set(id, { read, value: found.get(id) });
      if (this.#held.size > RECORDS_MAX) this.#held.delete(this.#held.keys().next().value as string);
    }
  }

  /** Undefined also for a place that was not loaded. */
  record(kind: RecordKind, key: Uint8Array): Uint8Array | undefined {
    return this.#held.get(idOf({ kind, key }))?.value;
  }
}
