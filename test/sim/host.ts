/** The platform under a Durable Object: starts one when it is asked for, keeps its storage and its alarm, and replaces it. */
import { ObjectInstance } from './instance.ts';
import type { Sqlite } from './sqlite.ts';
import { ObjectStorage, type StorageHost } from './storage.ts';
import type { World } from './world.ts';

/** An alarm does not go off in the very moment that it is set. */
const ALARM_MS_MIN = 10;
const ALARM_LATE_MS_MAX = 3_000;
/** An alarm whose object died in it, or that threw, goes off again. */
const ALARM_AGAIN_MS = 1_000;

export interface HostedObject {
  alarm(): Promise<void>;
}
export type Method = (...args: unknown[]) => Promise<unknown>;

interface Running {
  readonly instance: ObjectInstance;
  readonly object: HostedObject;
}

/** Makes the object's class with its state and its bindings. */
export type Make = (state: unknown, instance: ObjectInstance) => HostedObject;

export class ObjectHost implements StorageHost {
  readonly name: string;
  readonly sqlite: Sqlite;
  alarmMs: number | null = null;
  /** How far its clock is ahead, beside the skew that each start has. */
  fastMs = 0;
  readonly #world: World;
  readonly #make: Make;
  #running: Running | undefined;
  #inAlarm: ObjectInstance | undefined;

  constructor(world: World, name: string, sqlite: Sqlite, make: Make) {
    this.#world = world;
    this.name = name;
    this.sqlite = sqlite;
    this.#make = make;
  }

  running(): Running {
    const { random, faults } = this.#world;
    if (this.#running) return this.#running;
    const skewMs = random.integer(-faults.skewMs, faults.skewMs) + this.fastMs;
    const instance = new ObjectInstance(this.#world, skewMs, () => this.#onDeath(instance));
    const object = this.#make(this.#stateOf(instance), instance);
    this.#running = { instance, object };
    return this.#running;
  }

  #stateOf(instance: ObjectInstance): unknown {
    return {
      id: { name: this.name, toString: () => this.name },
      storage: new ObjectStorage(this, instance),
      waitUntil: () => undefined,
      getWebSockets: () => [],
    };
  }

  method(name: string): { readonly instance: ObjectInstance; readonly run: Method } {
    const { instance, object } = this.running();
    const method = (object as unknown as Record<string, Method>)[name];
    if (!method) throw new Error(`no method ${name}`);
    return { instance, run: method.bind(object) };
  }

  #onDeath(instance: ObjectInstance): void {
    if (this.#running?.instance === instance) this.#running = undefined;
    if (this.#inAlarm === instance) this.#alarmAgain();
  }

  /** Another object takes the name; the old one runs on, with or without a hold on the storage. False when none ran. */
  replace(cut: boolean): boolean {
    const old = this.#running?.instance;
    if (!old) return false;
    if (cut) old.cut();
    this.#running = undefined;
    if (this.#inAlarm === old) this.#alarmAgain();
    return true;
  }

  setAlarm(atMs: number): void {
    const { clock, random, faults } = this.#world;
    this.alarmMs = atMs;
    const skewMs = this.#running?.instance.skewMs ?? this.fastMs;
    const late = random.chance(faults.alarmLate) ? random.integer(0, ALARM_LATE_MS_MAX) : 0;
    const delayMs = Math.max(ALARM_MS_MIN, atMs - skewMs - clock.nowMs) + late;
    this.#goOffAfter(delayMs, atMs);
    if (random.chance(faults.alarmDuplicated)) {
      clock.after(delayMs + random.integer(0, 500), undefined, () => this.#run());
    }
  }

  #goOffAfter(delayMs: number, atMs: number): void {
    this.#world.clock.after(delayMs, undefined, () => {
      // Set anew since, or gone off before.
      if (this.alarmMs !== atMs) return;
      this.alarmMs = null;
      this.#run();
    });
  }

  #run(): void {
    const { instance, object } = this.running();
    this.#world.clock.after(0, instance, () => {
      if (!instance.alive) {
        this.#alarmAgain();
        return;
      }
      this.#inAlarm = instance;
      const over = () => {
        if (this.#inAlarm === instance) this.#inAlarm = undefined;
      };
      object.alarm().then(over, () => {
        over();
        this.#alarmAgain();
      });
    });
  }

  #alarmAgain(): void {
    this.#inAlarm = undefined;
    const atMs = this.#world.clock.nowMs + ALARM_AGAIN_MS;
    this.alarmMs ??= atMs;
    if (this.alarmMs === atMs) this.#goOffAfter(ALARM_AGAIN_MS, atMs);
  }
}
