/**
 * The job that was cut last in this isolate. Its next slice usually comes here next, and then nothing has to be decoded and encoded
 * anew; anywhere else it goes on from the checkpoint, to the same result.
 */
import { concatBytes } from '@noble/hashes/utils.js';
import type { RunningJob } from '../../../ml/search/search.ts';
import { equalBytes } from '../../../protocol/hash.ts';

/** Cells of a table whose jobs are held: 16 MiB as f32, and a few times that with what a kernel makes of them. */
const CELLS_MAX = 1 << 22;

interface Held {
  readonly key: Uint8Array;
  readonly checkpoint: Uint8Array;
  readonly running: RunningJob;
}

export interface HeldKey {
  readonly order: Uint8Array;
  /** Canonical bytes of the planned job: two attempts may plan another one at the same place. */
  readonly job: Uint8Array;
}

const keyOf = ({ order, job }: HeldKey): Uint8Array => concatBytes(order, job);

export class HeldJob {
  #held: Held | undefined;

  /** The job as it stood at this checkpoint. Whichever is asked for, none is held afterwards: the memory is wanted now. */
  take(key: HeldKey, checkpoint: Uint8Array): RunningJob | undefined {
    const held = this.#held;
    this.#held = undefined;
    const isSame = held && equalBytes(held.key, keyOf(key)) && equalBytes(held.checkpoint, checkpoint);
    return isSame ? held.running : undefined;
  }

  /** `running` must not be advanced by anybody else afterwards. `cells`: of its table. */
  keep(key: HeldKey, checkpoint: Uint8Array, running: RunningJob, cells: number): void {
    this.#held = cells <= CELLS_MAX ? { key: keyOf(key), checkpoint, running } : undefined;
  }
}
