/** What the makers of random bodies see of the world, and how they draw from it. */
import type { Hash } from '../../../protocol/hash.ts';
import type { OrderRecord } from '../../../protocol/order/record.ts';
import type { BatchLeaf } from '../../../protocol/record/batch.ts';
import type { StateView } from '../../../protocol/state/overlay.ts';
import type { BlockHeight, UnixMs } from '../../../protocol/units.ts';
import type { KeyPair } from '../keys.ts';
import type { TestNetwork } from '../network.ts';
import type { Random } from '../random.ts';

export interface SealedBatch {
  readonly id: Hash;
  readonly leaves: readonly BatchLeaf[];
}

export interface WorldView {
  readonly network: TestNetwork;
  /** With money, at home in `weur` or `enam`. */
  readonly users: readonly KeyPair[];
  /** Without money; some of them are allowed to spend a user's. */
  readonly bearers: readonly KeyPair[];
  readonly orders: readonly Hash[];
  readonly batches: readonly SealedBatch[];
  /** Ids of the last that were made, over or not. */
  readonly proposals: readonly Hash[];
  readonly state: StateView;
  readonly height: BlockHeight;
  readonly timeMs: UnixMs;
  readonly draw: Draw;
}

export interface MadeBody {
  readonly sender: Uint8Array;
  readonly body: Uint8Array;
}

/** Undefined where the world has nothing to make it of. */
export type BodyMaker = (view: WorldView) => MadeBody | undefined;

export class Draw {
  readonly #random: Random;
  constructor(random: Random) {
    this.#random = random;
  }

  /** 0 to below `n`. */
  below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('nothing to pick from');
    return items[this.below(items.length)] as T;
  }

  /** Of a few, rarely nothing and rarely far too much. */
  amount<U extends bigint>(usual: number): U {
    if (this.chance(0.03)) return 0n as U;
    if (this.chance(0.03)) return (2n ** 63n) as U;
    return BigInt(1 + this.below(usual)) as U;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}

/** Tries before an order in one of the states is given up. */
const TRIES = 6;

export interface FoundOrder {
  readonly id: Hash;
  readonly record: OrderRecord;
}

/** An order in one of the states if a few draws find one; now and then in whatever state. */
export function orderIn(view: WorldView, states: readonly OrderRecord['state'][]): FoundOrder | undefined {
  const { draw, orders, state } = view;
  if (orders.length === 0) return undefined;
  const anyState = draw.chance(0.05);
  for (let i = 0; i < TRIES; i++) {
    const id = draw.pick(orders);
    const record = state.order(id);
    if (record && (anyState || states.includes(record.state))) return { id, record };
  }
  return undefined;
}
