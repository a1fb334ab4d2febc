/**
 * Those who look at the operator from outside, and what it tries with them: three witnesses that a reader trusts, one that the operator
 * alone lists, a reader who is shown what everybody is, and a victim who may be shown another log. What the operator tried, somebody must
 * have noticed, and for that reason.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { parseHeadText } from '../../protocol/log/checkpoint.ts';
import { type WitnessKey, witnessNoteKey } from '../../protocol/log/cosignature.ts';
import { noteKeyId, parseNote } from '../../protocol/log/note.ts';
import type { Tile } from '../../protocol/log/tile.ts';
import { regionOf } from '../../protocol/regions.ts';
import { keyPair } from '../support/keys.ts';
import type { TestNetwork } from '../support/network.ts';
import { objectName } from './clients.ts';
import { Asker } from './lies.ts';
import type { Model } from './model.ts';
import type { Network } from './network.ts';
import { REQUIRED, Reader } from './reader.ts';
import { type CheckpointChoice, type Keeper, SplitView, trueView, type View } from './served-view.ts';
import type { Sqlite } from './sqlite.ts';
import { Witness } from './witness.ts';
import type { World } from './world.ts';

/** Whose lines checkpoints carry. Readers trust all but the last. */
export const LISTED_WITNESSES = ['w/1', 'w/2', 'w/3', 'operator'].map((name) => ({
  name,
  pair: keyPair(`sim/${name}`),
}));
const TRUSTED = 3;

/** By what another log is noticed: it is none, it is another, or too few witnesses have signed it. */
const SPLIT_CODES = new Set(['log_forked', 'header_invalid', 'too_few_witnesses']);

const LOOK_EVERY_MS = 800;
/** How long an answer of the object is waited for. */
const PATIENCE_MS = 2_000;

type TileAt = (tile: Tile) => Promise<Uint8Array | undefined>;

/** As the object's list and the API call it. */
const witnessId = (witness: WitnessKey): string => bytesToHex(noteKeyId(witnessNoteKey(witness)));

interface Answered {
  readonly ok: boolean;
  readonly value: string;
}

export class Onlookers {
  readonly #world: World;
  readonly #network: TestNetwork;
  readonly #keeper: Keeper;
  readonly #tileAt: TileAt;
  readonly #database: Sqlite;
  readonly #witnesses: readonly Witness[];
  readonly #reader: Reader;
  readonly #victim: Reader;
  readonly #asker: Asker;
  /** What readers ask for. */
  readonly #asked: CheckpointChoice;
  /** Another log, once the operator has made one. */
  #split: { readonly view: SplitView; readonly from: number } | undefined;
  /** Which witnesses are shown the other log. */
  #shownSplit: readonly Witness[] = [];
  /** Codes with which somebody refused since the split. */
  readonly #alarms = new Set<string>();
  #isRestored = false;
  #isPutBack = false;

  constructor(world: World, network: TestNetwork, calls: Network, tileAt: TileAt, model: Model, database: Sqlite) {
    this.#world = world;
    this.#network = network;
    this.#tileAt = tileAt;
    this.#database = database;
    this.#keeper = this.#keeperOver(calls);
    this.#witnesses = LISTED_WITNESSES.map(({ name, pair }) => new Witness(world, network, name, pair));
    const keys = this.#witnesses.slice(0, TRUSTED).map(({ key }) => key);
    this.#asked = { cosignatures: REQUIRED, witnesses: keys.map(witnessId) };
    this.#reader = new Reader(network, keys);
    this.#victim = new Reader(network, keys);
    this.#asker = new Asker(world, network, model);
  }

  #keeperOver(calls: Network): Keeper {
    const object = calls.stub(undefined, objectName(regionOf(this.#network.genesis.sequencerRegion)));
    const answer = async (asked: Promise<unknown> | undefined): Promise<Answered | undefined> => {
      const late = new Promise<undefined>((resolve) =>
        this.#world.clock.after(PATIENCE_MS, undefined, () => resolve(undefined)),
      );
      return Promise.race([asked?.catch(() => undefined) as Promise<Answered | undefined>, late]);
    };
    return {
      checkpoint: async (choice) => {
        const given = await answer(object.logCheckpoint?.(choice));
        return given?.ok ? given.value : undefined;
      },
      addCosignature: async (size, line) => void (await answer(object.addCosignature?.(size, line))),
    };
  }

  #view(choice: CheckpointChoice): View {
    return trueView(this.#keeper, choice, this.#tileAt, this.#database);
  }

  start(): void {
    for (const witness of this.#witnesses) this.#every(() => this.#look(witness));
    this.#every(() => this.#read());
    const { random, clock, faults } = this.#world;
    const within = (work: () => void): void => clock.after(random.integer(1_000, 4_000), undefined, work);
    for (let i = 0; i < faults.lies; i++) within(() => void this.#asker.ask(this.#database));
    // Later: by then the reader has a checkpoint before its last one.
    for (let i = 0; i < faults.staleViews; i++)
      clock.after(random.integer(4_000, 6_000), undefined, () => void this.#showOlder());
    for (let i = 0; i < faults.splitViews; i++) within(() => this.#splitLog());
  }

  #every(work: () => Promise<void>): void {
    const { clock, random } = this.#world;
    clock.after(random.integer(LOOK_EVERY_MS / 2, LOOK_EVERY_MS), undefined, () => {
      void work();
      this.#every(work);
    });
  }

  async #look(witness: Witness): Promise<void> {
    const isSplit = this.#shownSplit.includes(witness);
    const view = isSplit && this.#split ? this.#split.view : this.#view('candidate');
    this.#hear(await witness.look(view), `${witness.key.name}`);
  }

  async #read(): Promise<void> {
    const fault = this.#reader.follow(this.#database);
    if (fault && !this.#isRestored) this.#world.violated(`a reader refused the true chain: ${fault}`);
    this.#hear(await this.#reader.look(this.#view(this.#asked)), 'the reader');
  }

  /** Nobody refuses the true log but for another that was shown. */
  #hear(code: string | undefined, who: string): void {
    if (!code) return;
    this.#world.note(`${who} refuses: ${code}`);
    if (this.#split) this.#alarms.add(code);
    else if (!(this.#isPutBack && code === 'log_rolled_back'))
      this.#world.violated(`${who} refused the true log: ${code}`);
  }

  /** The object that keeps the log was put back: until it has caught up, it shows those who have seen more what they had seen before. */
  async logPutBack(): Promise<void> {
    this.#isPutBack = true;
    const view = this.#view(this.#asked);
    const note = await view.checkpoint();
    const head = note === undefined ? undefined : parseHeadText(parseNote(note)?.text ?? '');
    if (!head || head.size >= (this.#reader.head?.size ?? 0n)) return;
    this.#world.counts.rollbacks++;
    const code = await this.#reader.take({ ...view, checkpoint: async () => note });
    if (code === 'log_rolled_back') this.#world.counts.rollbacksDetected++;
    else this.#world.violated('a reader did not notice that the log was put back');
  }

  /** Around a restore of D1: whoever has seen more than is there must notice. */
  whileRestored(restore: () => void): void {
    this.#reader.follow(this.#database);
    const seen = this.#reader.followedHeight;
    restore();
    const height = BigInt(this.#database.arrays('SELECT height FROM tip')[0]?.[0] as number);
    if (height >= seen) return;
    this.#isRestored = true;
    this.#world.counts.rollbacks++;
    if (this.#reader.follow(this.#database) === 'log_rolled_back') this.#world.counts.rollbacksDetected++;
    else this.#world.violated('a reader did not notice that the ledger was put back');
  }

  restored(): void {
    this.#isRestored = false;
  }

  /** A checkpoint of before, signed and co-signed as it was then. */
  async #showOlder(): Promise<void> {
    const { accepted } = this.#reader;
    const older = accepted.length > 1 ? this.#world.random.pick(accepted.slice(0, -1)) : undefined;
    if (!older) return;
    this.#world.counts.rollbacks++;
    const code = await this.#reader.take({ ...this.#view(this.#asked), checkpoint: async () => older.note });
    if (code === 'log_rolled_back') this.#world.counts.rollbacksDetected++;
    else this.#world.violated('a reader took an older log for the newest');
  }

  /** From here on some are shown another log, and the victim after a while, with whatever cosignatures that log got. */
  #splitLog(): void {
    const { random, clock } = this.#world;
    const size = Number(this.#database.arrays('SELECT height FROM tip')[0]?.[0] ?? 0);
    const rows = this.#database.arrays('SELECT header FROM block ORDER BY height');
    if (size === 0 || this.#split) return;
    const from = random.integer(1, size);
    const leaves = rows.map(([header]) => header as Uint8Array);
    this.#split = { view: new SplitView(this.#network, leaves, from), from };
    this.#shownSplit = this.#witnesses.filter(() => random.chance(0.6));
    clock.after(random.integer(500, 3_000), undefined, () => void this.#deceive());
  }

  async #deceive(): Promise<void> {
    if (!this.#split) return;
    this.#world.counts.splitViews++;
    const code = await this.#victim.take(this.#split.view);
    this.#world.note(`the victim was shown another log: ${code ?? 'taken'}`);
    if (code) this.#alarms.add(code);
    // Whoever was shown it sees the true one again: nobody can be kept apart for ever.
    this.#shownSplit = [];
  }

  /** Whether the log has come to its end, and those who could follow it have, or have noticed that there are two. */
  isQuiet(height: number): boolean {
    if (!this.#split) return this.#reader.head?.size === BigInt(height);
    return this.#world.counts.splitViews === 0 || this.#isNoticed;
  }

  get #isNoticed(): boolean {
    return [...this.#alarms].some((code) => SPLIT_CODES.has(code));
  }

  async atEnd(height: number): Promise<void> {
    const { counts } = this.#world;
    if (!this.#split) {
      if (this.#reader.head?.size !== BigInt(height)) {
        this.#world.violated(`the reader has a log of ${this.#reader.head?.size}, the chain ends at ${height}`);
      }
      return;
    }
    if (counts.splitViews === 0) return;
    const own = this.#reader.head?.size ?? 0n;
    if (this.#victim.head && own >= BigInt(this.#split.from)) {
      this.#world.violated('two readers hold two logs, each co-signed');
    }
    if (this.#isNoticed) counts.splitViewsDetected++;
    else this.#world.violated('nobody noticed the other log');
  }
}
