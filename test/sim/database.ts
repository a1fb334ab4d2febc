/**
 * D1: the ledger's own statements on node:sqlite. A batch is applied whole or not at all; its reply may be lost, and it may be
 * applied after the caller was told that it failed. The whole may be put back to an older point, and later to its newest.
 */
import { lost, type ObjectInstance, type Reply } from './instance.ts';
import type { Binding, Sqlite } from './sqlite.ts';
import type { World } from './world.ts';

const DELAY_MS_MAX = 30;
const LATE_MS_MAX = 1_500;

interface Statement {
  readonly sql: string;
  readonly bindings: readonly Binding[];
}

interface Commit {
  readonly height: number;
  readonly statements: readonly Statement[];
}

interface Prepared extends Statement {
  bind(...bindings: Binding[]): Prepared;
  raw(): Promise<unknown[][]>;
}

/** What is told of each batch that moved the tip. */
export type OnCommit = (height: number) => void;

export class Database {
  readonly sqlite: Sqlite;
  readonly #world: World;
  readonly #onCommit: OnCommit;
  /** The batches that moved the tip, oldest first; before each there is a savepoint of its number. */
  #commits: Commit[] = [];
  /** Those that a restore took away. */
  #taken: Commit[] = [];

  constructor(world: World, sqlite: Sqlite, onCommit: OnCommit) {
    this.#world = world;
    this.sqlite = sqlite;
    this.#onCommit = onCommit;
  }

  get isRestored(): boolean {
    return this.#taken.length > 0;
  }

  tipHeight(): number {
    return this.sqlite.arrays('SELECT height FROM tip')[0]?.[0] as number;
  }

  /** The binding of one object. */
  for(instance: ObjectInstance): { prepare(sql: string): Prepared; batch(statements: Statement[]): Promise<unknown> } {
    const prepared = (sql: string, bindings: readonly Binding[]): Prepared => ({
      sql,
      bindings,
      bind: (...given) => prepared(sql, given),
      raw: () => instance.call('remote', (reply) => this.#read({ sql, bindings }, reply)),
    });
    return {
      prepare: (sql) => prepared(sql, []),
      batch: (statements) => instance.call('remote', (reply) => this.#write(statements, reply)),
    };
  }

  #delayMs(): number {
    return this.#world.random.integer(1, DELAY_MS_MAX);
  }

  #fails(reply: Reply<never>): boolean {
    const { random, faults } = this.#world;
    if (!random.chance(faults.databaseFails)) return false;
    reply(lost('D1 does not answer'), this.#delayMs());
    return true;
  }

  #read({ sql, bindings }: Statement, reply: Reply<unknown[][]>): void {
    if (this.#fails(reply)) return;
    this.#world.clock.after(this.#delayMs(), undefined, () => {
      reply({ ok: true, value: this.sqlite.arrays(sql, bindings) }, this.#delayMs());
    });
  }

  #write(statements: readonly Statement[], reply: Reply<unknown>): void {
    if (this.#fails(reply)) return;
    const { random, faults, clock } = this.#world;
    const late = random.chance(faults.appliedLate);
    const unheard = late || random.chance(faults.replyLost);
    if (unheard) this.#world.counts.lostReplies++;
    if (late) reply(lost('D1 was reset'), this.#delayMs());
    clock.after(late ? random.integer(1, LATE_MS_MAX) : this.#delayMs(), undefined, () => {
      const fault = this.#apply(statements);
      if (late) return;
      if (fault) reply({ ok: false, error: fault }, this.#delayMs());
      else if (unheard) reply(lost('the reply was lost'), this.#delayMs());
      else reply({ ok: true, value: [] }, this.#delayMs());
    });
  }

  #apply(statements: readonly Statement[]): Error | undefined {
    const before = this.tipHeight();
    const savepoint = `commit_${this.#commits.length}`;
    this.sqlite.save(savepoint);
    try {
      for (const { sql, bindings } of statements) this.sqlite.run(sql, bindings);
    } catch (error) {
      this.sqlite.back(savepoint);
      this.sqlite.release(savepoint);
      return error as Error;
    }
    const after = this.tipHeight();
    if (after !== before) {
      this.#commits.push({ height: after, statements });
      this.#world.counts.commits++;
      this.#onCommit(after);
    } else {
      this.sqlite.release(savepoint);
    }
    return undefined;
  }

  /** Back by so many blocks. */
  restoreOlder(blocks: number): void {
    const kept = Math.max(0, this.#commits.length - blocks);
    if (kept === this.#commits.length || this.isRestored) return;
    this.#taken = this.#commits.slice(kept);
    this.#commits = this.#commits.slice(0, kept);
    this.sqlite.back(`commit_${kept}`);
    this.sqlite.release(`commit_${kept}`);
    this.#world.counts.restores++;
    this.#world.note(`D1 put back by ${this.#taken.length} blocks`);
  }

  /** To what it was before it was put back. Why that can't be: what was taken away no longer fits. */
  restoreNewest(): Error | undefined {
    const taken = this.#taken;
    this.#taken = [];
    for (const { height, statements } of taken) {
      // A batch that was under way has brought it back; whether it is the same block, the watch has seen.
      if (height <= this.tipHeight()) continue;
      this.sqlite.save(`commit_${this.#commits.length}`);
      try {
        for (const { sql, bindings } of statements) this.sqlite.run(sql, bindings);
      } catch (error) {
        return error as Error;
      }
      this.#commits.push({ height, statements });
    }
    return undefined;
  }
}
