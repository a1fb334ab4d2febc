/**
 * Those who send transactions, each account one after the other, and what they were promised: what was acknowledged gets
 * exactly one recorded outcome, and keeps it.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Region } from '../../protocol/regions.ts';
import { transactionHash } from '../../protocol/tx/envelope.ts';
import { signedTransaction, TEST_REGIONS, type TestNetwork } from '../support/network.ts';
import { nextAct } from './acts.ts';
import type { Network } from './network.ts';
import { SIM_ACCOUNTS, type SimAccount } from './network-genesis.ts';
import type { Sqlite } from './sqlite.ts';
import type { World } from './world.ts';

const PAUSE_MS_MAX = 2_000;
/** The same bytes under the same key, after an answer that did not come. */
const TRIES_MAX = 3;
/** How long an answer is waited for. */
const PATIENCE_MS = 2_500;

export interface Acknowledged {
  readonly hash: Uint8Array;
  readonly region: Region;
  outcome: string | undefined;
}

export const objectName = (region: Region): string => `${region}/1`;

interface View {
  readonly ok: boolean;
  readonly value: { readonly nextNonce: bigint };
}

export class Clients {
  readonly acknowledged: Acknowledged[] = [];
  readonly #world: World;
  readonly #network: Network;
  readonly #genesis: TestNetwork;
  #serial = 0;
  #running = 0;

  constructor(world: World, network: Network, genesis: TestNetwork) {
    this.#world = world;
    this.#network = network;
    this.#genesis = genesis;
  }

  get isBusy(): boolean {
    return this.#running > 0;
  }

  start(untilMs: number): void {
    for (const account of SIM_ACCOUNTS) this.#go(() => this.#sendUntil(account, untilMs));
  }

  /** One more of each account, which must come through. */
  probe(): void {
    for (const account of SIM_ACCOUNTS) {
      this.#go(async () => {
        const before = this.acknowledged.length;
        if (!(await this.#send(account, 1)) && this.acknowledged.length === before) {
          this.#world.note(`${account.pair.name} had nothing taken`);
        }
      });
    }
  }

  #go(work: () => Promise<void>): void {
    this.#running++;
    const over = () => {
      this.#running--;
    };
    this.#world.clock.after(this.#world.random.integer(0, PAUSE_MS_MAX), undefined, () => work().then(over, over));
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#world.clock.after(ms, undefined, resolve));
  }

  async #inTime<T>(answer: Promise<T>): Promise<T | undefined> {
    const late = this.#pause(PATIENCE_MS).then(() => undefined);
    return Promise.race([answer.catch(() => undefined), late]);
  }

  async #sendUntil(account: SimAccount, untilMs: number): Promise<void> {
    const { clock, random } = this.#world;
    while (clock.nowMs < untilMs) {
      await this.#send(account, random.integer(1, 2));
      await this.#pause(random.integer(100, PAUSE_MS_MAX));
    }
  }

  /** False when the region could not be asked. */
  async #send(account: SimAccount, count: number): Promise<boolean> {
    const { random } = this.#world;
    const home = this.#network.stub(undefined, objectName(account.home));
    const view = (await this.#inTime(home.account?.(account.pair.key) as Promise<unknown>)) as View | undefined;
    if (!view?.ok) return false;
    for (let i = 0; i < count; i++) {
      const nonce = view.value.nextNonce + BigInt(i);
      // At another region than its home, and to somebody else: had both taken it, one of them had promised too much.
      const abroad = random.chance(0.25) ? random.pick(TEST_REGIONS.filter((one) => one !== account.home)) : undefined;
      const first = abroad && random.chance(0.5);
      if (abroad && first) await this.#submit(account, nonce, abroad);
      await this.#submit(account, nonce, account.home);
      if (abroad && !first) await this.#submit(account, nonce, abroad);
    }
    return true;
  }

  #signed({ pair }: SimAccount, nonce: bigint): Uint8Array {
    return signedTransaction(this.#genesis, { by: pair, nonce, ...nextAct(this.#world.random) });
  }

  async #submit(account: SimAccount, nonce: bigint, region: Region): Promise<void> {
    const bytes = this.#signed(account, nonce);
    const hash = transactionHash(bytes);
    const claim = { account: account.pair.key, key: `key-${++this.#serial}`, requestHash: hash };
    const stub = this.#network.stub(undefined, objectName(region));
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const answer = await this.#inTime(stub.submitTransaction?.(bytes, claim) as Promise<unknown>);
      if (!answer) continue;
      const { ok, code } = answer as { ok: boolean; code?: string };
      if (ok) this.acknowledged.push({ hash, region, outcome: undefined });
      this.#world.note(
        `${account.pair.name} ${nonce} at ${region}: ${ok ? 'acknowledged' : code} ${bytesToHex(hash).slice(0, 8)}`,
      );
      return;
    }
  }

  /** Reads what the regions have recorded, and of what they have forgotten, the ledger. True when nothing is pending. */
  look(storageOf: (region: Region) => Sqlite, database: Sqlite): boolean {
    let settled = true;
    for (const one of this.acknowledged) {
      const outcome = recordedOutcome(storageOf(one.region), database, one.hash);
      if (one.outcome && outcome && outcome !== one.outcome) {
        this.#world.violated(`the outcome of ${bytesToHex(one.hash).slice(0, 8)} was ${one.outcome} and is ${outcome}`);
      }
      one.outcome ??= outcome;
      settled &&= one.outcome !== undefined;
    }
    return settled;
  }

  /** At the end: each has an outcome, and D1 says the same. */
  atEnd(database: Sqlite): void {
    for (const { hash, region, outcome } of this.acknowledged) {
      const name = `${bytesToHex(hash).slice(0, 8)}, acknowledged by ${region},`;
      if (!outcome) this.#world.violated(`${name} has no outcome`);
      const [row] = database.arrays('SELECT outcome, height, idx FROM transaction_ WHERE hash = ?', [hash]);
      const sealed = row ? `${row[0]} ${row[1]} ${row[2]}` : 'unsealed';
      if (outcome && outcome.replace(/^\w+ /, '') !== sealed) {
        this.#world.violated(`${name} is ${outcome}, and ${sealed} in D1`);
      }
    }
  }
}

/** A region forgets what was applied: of that the ledger speaks. */
function recordedOutcome(storage: Sqlite, database: Sqlite, hash: Uint8Array): string | undefined {
  const [row] = storage.arrays('SELECT status, entries, height, idx FROM mempool WHERE hash = ?', [hash]);
  if (!row) {
    const [sealed] = database.arrays('SELECT outcome, height, idx FROM transaction_ WHERE hash = ?', [hash]);
    return sealed && `applied ${sealed.join(' ')}`;
  }
  const [status, entries, height, idx] = row;
  if (status === 'pending') return undefined;
  return height === null ? `${status} unsealed` : `${status} ${entries} ${height} ${idx}`;
}
