/**
 * One run: a phase with faults, then a quiet one in which everything that was acknowledged must come to its outcome. The
 * regions' and the webhook's Durable Objects, the ledger's statements and the rules are those that ship; the clock, the
 * network, D1 and the platform under the objects are this folder's, and the seed decides what they do.
 */
import { type Region, regionOf } from '../../protocol/regions.ts';
import { TEST_REGIONS } from '../support/network.ts';
import { ChainWatch } from './chain-watch.ts';
import { Clients, objectName } from './clients.ts';
import { Consumer } from './consumer.ts';
import { Database } from './database.ts';
import { enter } from './globals.ts';
import { ObjectHost } from './host.ts';
import type { ObjectInstance } from './instance.ts';
import { watchSignatures } from './keyed-hash.ts';
import { Model } from './model.ts';
import { Network } from './network.ts';
import type { ObjectClasses, RegionLike } from './objects.ts';
import { addReward } from './reward.ts';
import { Rival } from './rival.ts';
import type { Sqlite } from './sqlite.ts';
import { ENDPOINT_ID, resetStage, type Stage } from './stage.ts';
import { type Counts, World } from './world.ts';

const FAULTY_MS = 4_000;
/** Ample for what retries, leases and look-ups of seconds have to do. */
const QUIET_MS_MAX = 60_000;
const LOOK_EVERY_MS = 500;
/** Cron looks for alarms that were lost. */
const WATCHDOG_MS = 10_000;

export interface RunResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly counts: Counts;
  readonly acknowledged: number;
  readonly log: readonly string[];
}

export class Run {
  readonly world: World;
  readonly watch: ChainWatch;
  readonly consumer: Consumer;
  readonly #stage: Stage;
  readonly #network: Network;
  readonly #database: Database;
  readonly #clients: Clients;
  readonly #hosts = new Map<string, ObjectHost>();
  readonly #blobs = new Map<string, unknown>();

  constructor(seed: number, stage: Stage, classes: ObjectClasses) {
    this.#stage = stage;
    this.world = new World(seed, Number(stage.network.genesis.createdMs));
    this.watch = new ChainWatch(this.world, stage.database, new Model(stage.network, stage.genesisTree));
    this.consumer = new Consumer(this.world);
    this.#network = new Network(this.world);
    this.#database = new Database(this.world, stage.database, (height) => this.watch.onCommit(height));
    this.#clients = new Clients(this.world, this.#network, stage.network);
    for (const region of TEST_REGIONS) {
      this.#host(objectName(region), (state, instance) => new classes.Region(state, this.#bindings(instance)));
    }
    this.#host(ENDPOINT_ID, (state, instance) => new classes.WebhookEndpoint(state, this.#bindings(instance)));
  }

  #host(name: string, make: ConstructorParameters<typeof ObjectHost>[3]): void {
    const sqlite = this.#stage.storages.get(name);
    if (!sqlite) throw new Error(`no storage for ${name}`);
    const host = new ObjectHost(this.world, name, sqlite, make);
    this.#hosts.set(name, host);
    this.#network.add(host);
  }

  /** The bindings of one object, each of which it reaches as itself. */
  #bindings(instance: ObjectInstance): unknown {
    const stub = (name: string) => this.#network.stub(instance, name);
    return {
      DEV: '1',
      DB: this.#database.for(instance),
      REGION: { idFromName: (name: string) => name, get: stub },
      ENDPOINT: { idFromString: (id: string) => id, get: stub },
      BLOBS: { put: async (key: string, value: unknown) => void this.#blobs.set(key, value) },
    };
  }

  async toEnd(): Promise<RunResult> {
    enter(this.world);
    resetStage(this.#stage);
    watchSignatures((publicKey, message) => this.watch.onSignature(publicKey, message));
    try {
      await this.#faultyPhase();
      await this.#quietPhase();
      this.#check();
    } catch (error) {
      this.world.violated(`the run broke: ${(error as Error).stack}`);
    } finally {
      enter(undefined);
    }
    const { seed, violations, counts, log } = this.world;
    return { seed, violations, counts, acknowledged: this.#clients.acknowledged.length, log };
  }

  async #faultyPhase(): Promise<void> {
    const { clock, faults, random } = this.world;
    const endMs = clock.nowMs + FAULTY_MS;
    const rival = new Rival(this.world, this.#network, this.watch.model);
    this.watch.onFirstVote = () => rival.onFirstVote();
    this.#clients.start(endMs - 500);
    this.#watchdog();
    const within = (work: () => void): void => clock.after(random.integer(300, FAULTY_MS), undefined, work);
    for (let i = random.integer(1, 3); i > 0; i--) within(() => this.#reward());
    for (let i = 0; i < faults.takeovers; i++) within(() => this.#takeOver());
    for (let i = 0; i < faults.restores; i++) {
      within(() => {
        this.#database.restoreOlder(random.integer(1, 3));
        clock.after(random.integer(500, 4_000), undefined, () => this.#restoreNewest());
      });
    }
    await clock.run(endMs, () => this.#look() && false, LOOK_EVERY_MS);
  }

  async #quietPhase(): Promise<void> {
    const { clock } = this.world;
    this.#restoreNewest();
    this.world.quieten();
    this.#clients.probe();
    const startMs = clock.nowMs;
    const isDone = (): boolean => clock.nowMs - startMs > 2_000 && !this.#clients.isBusy && this.#look();
    await clock.run(startMs + QUIET_MS_MAX, isDone, LOOK_EVERY_MS);
  }

  #restoreNewest(): void {
    const fault = this.#database.restoreNewest();
    if (fault) this.world.violated(`an older copy of the ledger was built upon: ${fault.message}`);
  }

  #takeOver(): void {
    const host = this.world.random.pick([...this.#hosts.values()]);
    if (host.replace(this.world.random.chance(0.5))) this.world.counts.takeovers++;
  }

  #reward(): void {
    const sequencer = objectName(regionOf(this.#stage.network.genesis.sequencerRegion));
    const host = this.#hosts.get(sequencer);
    if (!host) return;
    const { instance, object } = host.running();
    this.world.clock.after(0, instance, () => {
      const added = addReward(this.world, this.#stage.network, object as RegionLike);
      added.catch((error: Error) => this.world.note(`no reward: ${error.message}`));
    });
  }

  #watchdog(): void {
    for (const name of this.#hosts.keys()) {
      const region = TEST_REGIONS.some((one) => objectName(one) === name);
      const stub = this.#network.stub(undefined, name);
      const looked = region ? stub.rearm?.() : stub.wake?.(BigInt(this.#database.tipHeight()));
      looked?.catch(() => undefined);
    }
    this.world.clock.after(WATCHDOG_MS, undefined, () => this.#watchdog());
  }

  #storageOf = (region: Region): Sqlite => {
    const sqlite = this.#stage.storages.get(objectName(region));
    if (!sqlite) throw new Error(`no storage of ${region}`);
    return sqlite;
  };

  /** True when nothing is left to be done. */
  #look(): boolean {
    const settled = this.#clients.look(this.#storageOf);
    return settled && this.consumer.hasAll(this.#stage.database);
  }

  #check(): void {
    this.#look();
    this.watch.atEnd();
    this.#clients.atEnd(this.#stage.database);
    this.consumer.atEnd(this.#stage.database);
    if (this.#clients.isBusy) this.world.violated('an account was not answered in the quiet phase');
  }
}
