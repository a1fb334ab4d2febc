/**
 * A small world and random transactions in it, of every type: right in most things, wrong in some. For properties and for the
 * fuzzer, so it is fast: no signature is made, and blocks take the caller's word for them.
 *
 *     const world = new RandomWorld(seed);
 *     take(build(world.funding(state)));                       // once
 *     const bytes = world.next({ state, height, timeMs });     // state and time of the block that is to hold it
 *     world.take(built);                                       // the block with what was made since the last one
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { BuiltBlock } from '../../protocol/block/build.ts';
import { APPLIED } from '../../protocol/errors.ts';
import { ordersNamedBy } from '../../protocol/events.ts';
import type { Hash } from '../../protocol/hash.ts';
import { parametersAt } from '../../protocol/record/parameter.ts';
import { regionNumber } from '../../protocol/regions.ts';
import type { StateView } from '../../protocol/state/overlay.ts';
import { chainIdOf, encodeTransaction, parseTransaction, TX_VERSION } from '../../protocol/tx/envelope.ts';
import { feeOf } from '../../protocol/tx/fee.ts';
import { decodeParam } from '../../protocol/tx/param.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import { TX_TYPES, type TxTypeName, txTypeName, txTypeNumber } from '../../protocol/tx/types.ts';
import type { BlockHeight, UnixMs, Zhi } from '../../protocol/units.ts';
import type { KeyPair } from './keys.ts';
import { type TestNetwork, vestingNetwork } from './network.ts';
import { leavesOf, ORDER_BODIES } from './random/order-bodies.ts';
import { PARAM_BODIES } from './random/param-bodies.ts';
import { STAKE_BODIES } from './random/stake-bodies.ts';
import { SWAP_BODIES } from './random/swap-bodies.ts';
import { type BodyMaker, Draw, type MadeBody, type SealedBatch, type WorldView } from './random/world-view.ts';
import { randomOf } from './random.ts';
import { swapNetwork } from './swap.ts';

const BODIES: Record<TxTypeName, BodyMaker> = { ...ORDER_BODIES, ...STAKE_BODIES, ...SWAP_BODIES, ...PARAM_BODIES };
const NAMES = Object.values(TX_TYPES);
/** Drawn more often than the rest, so that orders get to their ends. */
const OFTEN: readonly TxTypeName[] = ['orderOpen', 'orderMatch', 'orderMatch', 'workProof', 'workProof', 'resultProof'];
/** So that proposals come to be enacted before their voting is over. */
const VOTED: readonly TxTypeName[] = ['param', 'param', 'param'];
const DRAWN: readonly TxTypeName[] = [
  ...NAMES,
  ...OFTEN,
  ...VOTED,
  'resultProof',
  'batchSettle',
  'batchClaim',
  'transfer',
];

/** Older ones are forgotten: most of them have ended. */
const ORDERS_KEPT = 48;
const BATCHES_KEPT = 12;
const PROPOSALS_KEPT = 3;
const USERS = 6;
const BEARERS = 3;
const FUNDS_ZHI = 3_000_000n as Zhi;
const NO_SIGNATURE = new Uint8Array(64);
const EXPIRY_BLOCKS = 1000n;

/** Steps of time between blocks: mostly a second, now and then past a deadline, an epoch, a reservation, an unbonding. */
const STEPS_MS = [1000, 1000, 1000, 1000, 1000, 1000, 25_000, 61_000, 3_600_000, 86_400_000, 11 * 86_400_000];

export interface NextBlock {
  readonly state: StateView;
  readonly height: BlockHeight;
  readonly timeMs: UnixMs;
}

export class RandomWorld {
  readonly network: TestNetwork;
  readonly users: readonly KeyPair[];
  readonly bearers: readonly KeyPair[];
  /** How often each type came with which outcome (`applied`, a number, or `not taken`), for tests of the draw itself. */
  readonly seen = new Map<string, number>();
  readonly #draw: Draw;
  readonly #orders: Hash[] = [];
  readonly #batches: SealedBatch[] = [];
  readonly #proposals: Hash[] = [];
  readonly #nonces = new Map<string, bigint>();

  constructor(seed: number, network: TestNetwork = swapNetwork(vestingNetwork('random'))) {
    this.network = network;
    this.#draw = new Draw(randomOf(seed));
    this.users = Array.from({ length: USERS }, (_, i) => network.key(`user/${i}`));
    this.bearers = Array.from({ length: BEARERS }, (_, i) => network.key(`bearer/${i}`));
  }

  /** Transfers from the faucet that give every user an account and money. */
  funding(state: StateView): Uint8Array[] {
    return this.users.map(({ key }, i) => {
      const body = { to: key, amountZhi: FUNDS_ZHI, homeRegion: regionNumber(i % 3 === 2 ? 'enam' : 'weur') };
      return this.#envelope(
        'transfer',
        { sender: this.network.faucet.key, body: encodeTransfer(body) },
        {
          state,
          height: 0n as BlockHeight,
          timeMs: this.network.genesis.createdMs,
        },
      );
    });
  }

  stepMs(): bigint {
    return BigInt(this.#draw.pick(STEPS_MS));
  }

  next(at: NextBlock): Uint8Array {
    const draw = this.#draw;
    const view: WorldView = {
      ...at,
      network: this.network,
      users: this.users,
      bearers: this.bearers,
      orders: this.#orders,
      batches: this.#batches,
      proposals: this.#proposals,
      draw,
    };
    const drawn = draw.pick(DRAWN);
    const made = BODIES[drawn](view);
    const [name, body] = made ? [drawn, made] : (['transfer', BODIES.transfer(view) as MadeBody] as const);
    return this.#envelope(name, body, at);
  }

  /** Remembers what a block brought, and that what was made and is not in it never will be. */
  take(built: BuiltBlock): void {
    this.#nonces.clear();
    for (const { hash, bytes, outcome } of built.transactions) {
      const parsed = parseTransaction(bytes, this.network.hash);
      if (!parsed.ok) throw new Error('a sealed transaction does not parse');
      const name = txTypeName(parsed.value.type);
      for (const code of outcome.entries) this.#note(`${name} ${code === APPLIED ? 'applied' : code}`);
      if (outcome.entries[0] !== APPLIED) continue;
      if (name === 'param' && decodeParam(parsed.value.body).kind === 'propose') this.#proposals.push(hash);
      const orders = ordersNamedBy(parsed.value, hash);
      if (name === 'orderOpen' || name === 'orderOpenFor') this.#orders.push(...orders);
      if (name === 'batchSettle') {
        const found = orders.flatMap((id) => {
          const record = built.state.order(id);
          return record ? [{ id, record }] : [];
        });
        this.#batches.push({ id: hash, leaves: leavesOf(found) });
      }
    }
    for (const { code } of built.refused) this.#note(`not taken ${code}`);
    this.#orders.splice(0, Math.max(0, this.#orders.length - ORDERS_KEPT));
    this.#proposals.splice(0, Math.max(0, this.#proposals.length - PROPOSALS_KEPT));
    this.#batches.splice(0, Math.max(0, this.#batches.length - BATCHES_KEPT));
  }

  #note(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  #envelope(name: TxTypeName, { sender, body }: MadeBody, { state, height, timeMs }: NextBlock): Uint8Array {
    const draw = this.#draw;
    const fee = feeOf(name, parametersAt(state, this.network.genesis, timeMs).baseFeeZhi, body);
    const id = bytesToHex(sender);
    const nonce = this.#nonces.get(id) ?? state.account(sender)?.nonce ?? 0n;
    const isSpoilt = height > 0n && draw.chance(0.04);
    const fault = isSpoilt ? draw.below(4) : -1;
    if (!isSpoilt) this.#nonces.set(id, nonce + 1n);
    return encodeTransaction({
      version: TX_VERSION,
      chain: chainIdOf(this.network.hash),
      type: txTypeNumber(name),
      sender,
      nonce: fault === 0 ? nonce + 1n : nonce,
      expiryHeight: (fault === 1 ? height - 1n : height + EXPIRY_BLOCKS) as BlockHeight,
      feeZhi: (fault === 2 && fee > 0n ? fee - 1n : fee) as Zhi,
      body: fault === 3 ? Uint8Array.of(...body, 0) : body,
      signature: NO_SIGNATURE,
    });
  }
}
