/**
 * One run: a phase with faults, then a quiet one in which everything that was acknowledged must come to its outcome. The
 * regions' and the webhook's Durable Objects, the ledger's statements and the rules are those that ship; the clock, the
 * network, D1 and the platform under the objects are this folder's, and the seed decides what they do.
 */
import { witnessNoteKey } from '../../protocol/log/cosignature.ts';
import { formatNoteKey } from '../../protocol/log/note.ts';
import type { Tile } from '../../protocol/log/tile.ts';
import { type Region, regionOf } from '../../protocol/regions.ts';
import { TEST_REGIONS } from '../support/network.ts';
import { Bucket } from './bucket.ts';
import { ChainWatch } from './chain-watch.ts';
import { Clients, objectName } from './clients.ts';
import { Consumer } from './consumer.ts';
import { Database } from './database.ts';
import { enter } from './globals.ts';
import { Governor } from './governor.ts';
import { ObjectHost } from './host.ts';
import type { ObjectInstance } from './instance.ts';
import { watchSignatures } from './keyed-hash.ts';
import { LogMemory } from './log-memory.ts';
import { LogWatch } from './log-watch.ts';
import { Model } from './model.ts';
import { Network } from './network.ts';
import type { ObjectClasses, RegionLike } from './objects.ts';
import { LISTED_WITNESSES, Onlookers } from './onlookers.ts';
import { addReward } from './reward.ts';
import { Rival } from './rival.ts';
import type { Sqlite } from './sqlite.ts';
import { ENDPOINT_ID, resetStage, type Stage } from './stage.ts';
import { type Counts, World } from './world.ts';

const FAULTY_MS = 4_000;
/** Where votes are held, faults go on until the change holds, for so long at most. */
const VOTES_MS_MAX = 20_000;
/** Ample for what retries, leases and look-ups of seconds have to do. */
const QUIET_MS_MAX = 60_000;
/** Before it, for a change that has to be voted on again: 30 s of it until every object knows. What it sends last has its quiet time too. */
const VOTED_AGAIN_MS_MAX = 60_000;
const LOOK_EVERY_MS = 500;
/** Cron looks for alarms that were lost. */
const WATCHDOG_MS = 10_000;

const WITNESSES = LISTED_WITNESSES.map(({ name, pair }) =>
  formatNoteKey(witnessNoteKey({ name, publicKey: pair.key })),
).join(' ');

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
  readonly #logWatch: LogWatch;
  readonly #onlookers: Onlookers;
  readonly #governor: Governor;
  readonly #stage: Stage;
  readonly #network: Network;
  readonly #database: Database;
  readonly #clients: Clients;
  readonly #hosts = new Map<string, ObjectHost>();
  readonly #bucket: Bucket;
  readonly #logMemory: LogMemory;

  constructor(seed: number, stage: Stage, classes: ObjectClasses) {
    this.#stage = stage;
    this.world = new World(seed, Number(stage.network.genesis.createdMs));
    this.#bucket = new Bucket(this.world);
    this.#logMemory = new LogMemory(this.world, this.#storageOf(regionOf(stage.network.genesis.sequencerRegion)));
    this.#logWatch = new LogWatch(this.world, stage.network);
    const model = new Model(stage.network, stage.genesisTree);
    this.watch = new ChainWatch(this.world, stage.database, model, this.#logWatch);
    this.consumer = new Consumer(this.world);
    this.#network = new Network(this.world);
    this.#database = new Database(this.world, stage.database, (height) => this.watch.onCommit(height));
    this.#clients = new Clients(this.world, this.#network, stage.network);
    const tileAt = (tile: Tile) => classes.readTile({ BLOBS: this.#bucket }, tile);
    this.#governor = new Governor(this.world, this.#network, model, this.#clients.acknowledged);
    this.#onlookers = new Onlookers(this.world, stage.network, this.#network, tileAt, model, stage.database);
    for (const region of TEST_REGIONS) {
      this.#host(objectName(region), (state, instance) => new classes.Region(state, this.#bindings(instance)));
    }
    this.#host(ENDPOINT_ID, (state, instance) => new classes.WebhookEndpoint(state, this.#bindings(instance)));
  }

  #host(name: string, make: ConstructorParameters<typeof ObjectHost>[3]): void {
    const sqlite = this.#stage.storages.get(name);
    if (!sqlite) throw new Error(`no storage for ${name}`);
    const host = new ObjectHost(this.world, name, sqlite, make);
    if (name === this.#proposer) host.fastMs = this.world.faults.fastClockMs;
    this.#hosts.set(name, host);
    this.#network.add(host);
  }

  get #proposer(): string {
    return objectName(regionOf(this.#stage.network.genesis.sequencerRegion));
  }

  /** The bindings of one object, each of which it reaches as itself. */
  #bindings(instance: ObjectInstance): unknown {
    const stub = (name: string) => this.#network.stub(instance, name);
    return {
      DEV: '1',
      APPROVE_PARAMS: 'all',
      DB: this.#database.for(instance),
      REGION: { idFromName: (name: string) => name, get: stub },
      ENDPOINT: { idFromString: (id: string) => id, get: stub },
      BLOBS: this.#bucket.for(instance),
      WITNESSES,
    };
  }

  async toEnd(): Promise<RunResult> {
    enter(this.world);
    resetStage(this.#stage);
    watchSignatures((publicKey, message) => {
      this.watch.onSignature(publicKey, message);
      this.#logWatch.onSignature(publicKey, message);
    });
    try {
      await this.#faultyPhase();
      await this.#quietPhase();
      await this.#check();
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
    this.#onlookers.start();
    this.#watchdog();
    this.#remember();
    const within = (work: () => void): void => clock.after(random.integer(300, FAULTY_MS), undefined, work);
    for (let i = random.integer(1, 3); i > 0; i--) within(() => this.#reward());
    for (let i = 0; i < faults.takeovers; i++) within(() => this.#takeOver());
    for (let i = 0; i < faults.restores; i++) {
      within(() => {
        this.#onlookers.whileRestored(() => this.#database.restoreOlder(random.integer(1, 3)));
        if (random.chance(0.5)) this.#putLogBack();
        clock.after(random.integer(500, 4_000), undefined, () => this.#restoreNewest());
      });
    }
    if (faults.fastClockMs > 0) this.world.counts.fastClocks++;
    if (faults.votes > 0) this.#governor.start((fromMs) => this.#whenItHolds(fromMs));
    await clock.run(endMs, () => this.#look() && false, LOOK_EVERY_MS);
    if (faults.votes > 0) await clock.run(endMs + VOTES_MS_MAX, () => this.#look() && this.#holds, LOOK_EVERY_MS);
  }

  /** An object is replaced in the moment when a change begins to hold. */
  #whenItHolds(fromMs: number): void {
    const { clock, random } = this.world;
    clock.after(fromMs - clock.nowMs + random.integer(-300, 300), undefined, () => this.#takeOver());
  }

  get #holds(): boolean {
    const { fromMs } = this.#governor;
    return fromMs !== undefined && this.world.clock.nowMs > fromMs + 1_000;
  }

  async #quietPhase(): Promise<void> {
    const { clock } = this.world;
    this.#restoreNewest();
    this.world.quieten();
    this.#clients.probe();
    await clock.run(clock.nowMs + VOTED_AGAIN_MS_MAX, () => !this.#governor.isBusy, LOOK_EVERY_MS);
    const startMs = clock.nowMs;
    const isDone = (): boolean =>
      clock.nowMs - startMs > 2_000 && !this.#clients.isBusy && !this.#governor.isBusy && this.#look();
    await clock.run(startMs + QUIET_MS_MAX, isDone, LOOK_EVERY_MS);
  }

  #restoreNewest(): void {
    const fault = this.#database.restoreNewest();
    this.#onlookers.restored();
    if (fault) this.world.violated(`an older copy of the ledger was built upon: ${fault.message}`);
  }

  #takeOver(): void {
    const host = this.world.random.pick([...this.#hosts.values()]);
    if (host.replace(this.world.random.chance(0.5))) this.world.counts.takeovers++;
  }

  /** The object that keeps the log remembers what it did some time ago, as after a restore of its storage. */
  #putLogBack(): void {
    const host = this.#hosts.get(objectName(regionOf(this.#stage.network.genesis.sequencerRegion)));
    const putBack = host && this.#logMemory.older();
    if (!putBack) return;
    host.replace(true);
    putBack();
    void this.#onlookers.logPutBack();
  }

  #reward(): void {
    const host = this.#hosts.get(this.#proposer);
    if (!host) return;
    const { instance, object } = host.running();
    this.world.clock.after(0, instance, () => {
      const added = addReward(this.world, this.#stage.network, object as RegionLike);
      added.catch((error: Error) => this.world.note(`no reward: ${error.message}`));
    });
  }

  #remember(): void {
    this.#logMemory.keep();
    this.world.clock.after(LOOK_EVERY_MS, undefined, () => this.#remember());
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
    const settled = this.#clients.look(this.#storageOf, this.#stage.database);
    const isLogged = this.#logWatch.largest === BigInt(this.#logWatch.height);
    const isRead = isLogged && this.#onlookers.isQuiet(this.#logWatch.height);
    return settled && isRead && this.consumer.hasAll(this.#stage.database);
  }

  async #check(): Promise<void> {
    this.#look();
    this.watch.atEnd();
    this.#clients.atEnd(this.#stage.database);
    this.consumer.atEnd(this.#stage.database);
    this.#logWatch.atEnd();
    await this.#onlookers.atEnd(this.#logWatch.height);
    if (this.#governor.isBusy) this.world.violated('the fee was not changed in the quiet phase');
    if (this.#clients.isBusy) this.world.violated('an account was not answered in the quiet phase');
  }
}
