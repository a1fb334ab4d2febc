/** The proposer's durable memory: the one staged block, and the place of the highest block that it knows to be certified. */
import type { Recollection } from '../../../protocol/seal/proposer.ts';
import {
  decodePlace,
  decodeStage,
  encodePlace,
  encodeStage,
  type Place,
  type StagedBlock,
} from '../../../protocol/seal/stage.ts';
import type { RegionContext } from '../context.ts';
import { blob, first } from '../schema.ts';

const MARK = 'highest-certified';

export class StageStore {
  readonly #context: Pick<RegionContext, 'ctx' | 'meta' | 'transaction'>;

  constructor(context: Pick<RegionContext, 'ctx' | 'meta' | 'transaction'>) {
    this.#context = context;
  }

  get #sql(): SqlStorage {
    return this.#context.ctx.storage.sql;
  }

  #mark(): Place | undefined {
    const bytes = this.#context.meta.get(MARK);
    return bytes && decodePlace(bytes);
  }

  #staged(): StagedBlock | undefined {
    const row = first(this.#sql.exec('SELECT bytes FROM staged_block WHERE one = 1'));
    return row && decodeStage(blob(row.bytes));
  }

  recall(): Recollection {
    return { stage: this.#staged(), mark: this.#mark() };
  }

  /**
   * What is staged then: the block, or the one that was staged before it. Undefined for a height that the mark has passed. The
   * block's parent is final, whoever committed it: with the stage, it is marked.
   */
  put(block: StagedBlock): StagedBlock | undefined {
    return this.#context.transaction(() => {
      const mark = this.#mark();
      if (mark && mark.height >= block.height) return undefined;
      const before = this.#staged();
      if (before) return before;
      this.#raiseMark({ height: block.height - 1n, hash: block.parent });
      this.#sql.exec('INSERT INTO staged_block(one, hash, bytes) VALUES(1, ?, ?)', block.hash, encodeStage(block));
      return block;
    });
  }

  /** The block is final: marked, and no longer staged. */
  settle(block: StagedBlock): void {
    this.#context.transaction(() => {
      this.#raiseMark(block);
      this.drop(block);
    });
  }

  #raiseMark(place: Place): void {
    const mark = this.#mark();
    // Height 0 is the genesis: it is no block that the ledger could hold.
    if (place.height === 0n) return;
    if (!mark || mark.height < place.height) this.#context.meta.put(MARK, encodePlace(place));
  }

  /** Whatever else is staged by then stays. */
  drop(block: StagedBlock): void {
    this.#sql.exec('DELETE FROM staged_block WHERE hash = ?', block.hash);
  }
}
