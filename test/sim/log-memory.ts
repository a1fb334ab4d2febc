/** What the object that keeps the log has stored of it, at moments of a run: one of them may be what it has again. */
import type { Sqlite } from './sqlite.ts';
import type { World } from './world.ts';

interface Memory {
  readonly meta: readonly unknown[][];
  readonly checkpoints: readonly unknown[][];
  readonly cosignatures: readonly unknown[][];
}

export class LogMemory {
  readonly #world: World;
  readonly #storage: Sqlite;
  readonly #kept: Memory[] = [];

  constructor(world: World, storage: Sqlite) {
    this.#world = world;
    this.#storage = storage;
  }

  keep(): void {
    const memory = {
      meta: this.#storage.arrays("SELECT key, value FROM meta WHERE key LIKE 'log-%'"),
      checkpoints: this.#storage.arrays('SELECT size, root FROM log_checkpoint'),
      cosignatures: this.#storage.arrays('SELECT size, witness, line FROM log_cosignature'),
    };
    if (memory.checkpoints.length > 0) this.#kept.push(memory);
  }

  /** Undefined where nothing was kept. */
  older(): (() => void) | undefined {
    const memory = this.#kept.length > 0 ? this.#world.random.pick(this.#kept) : undefined;
    return memory && (() => this.#putBack(memory));
  }

  #putBack({ meta, checkpoints, cosignatures }: Memory): void {
    this.#world.note(`the log's object put back to ${checkpoints.map(([size]) => size)}`);
    this.#storage.run("DELETE FROM meta WHERE key LIKE 'log-%'");
    this.#storage.run('DELETE FROM log_checkpoint');
    this.#storage.run('DELETE FROM log_cosignature');
    for (const row of meta) this.#storage.run('INSERT INTO meta(key, value) VALUES(?, ?)', row as never);
    for (const row of checkpoints) {
      this.#storage.run('INSERT INTO log_checkpoint(size, root) VALUES(?, ?)', row as never);
    }
    for (const row of cosignatures) {
      this.#storage.run('INSERT INTO log_cosignature(size, witness, line) VALUES(?, ?, ?)', row as never);
    }
  }
}
