/**
 * What the log's keeper remembers: how far the tree has grown, and every checkpoint that may be signed. A checkpoint is a row here
 * before it is signed for anyone, rows only ever get larger, and each is the root of leaves that this store has taken in order: so no
 * two signatures of this object contradict each other, whatever D1 says later.
 */

import { hex } from '@scure/base';
import { equalBytes } from '../../../protocol/hash.ts';
import { type Candidate, candidateOf, type KeptCheckpoint, keptSizes } from '../../../protocol/log/candidate.ts';
import { type WitnessKey, witnessNoteKey } from '../../../protocol/log/cosignature.ts';
import { decodeEdge, EMPTY_EDGE, encodeEdge, type LogEdge, rootOfEdge } from '../../../protocol/log/grow.ts';
import { noteKeyId } from '../../../protocol/log/note.ts';
import type { RegionContext } from '../context.ts';
import { blob } from '../schema.ts';

const EDGE = 'log-edge';
const HEADER = 'log-header';
const CANDIDATE = 'log-candidate';

export interface LogState {
  readonly edge: LogEdge;
  /** The newest leaf, the header of height `edge.size`; undefined before the first. */
  readonly header: Uint8Array | undefined;
}

interface StoredCandidate {
  readonly size: string;
  readonly sinceMs: number;
  readonly earlier?: readonly string[];
}

export interface StoredCheckpoint extends KeptCheckpoint {
  readonly root: Uint8Array;
}

/** How a witness is called here and in the API: its key id, which its name and its key are in. */
export const witnessId = (witness: WitnessKey): string => hex.encode(noteKeyId(witnessNoteKey(witness)));

export class LogStore {
  readonly #context: Pick<RegionContext, 'ctx' | 'meta' | 'transaction'>;
  /** Of the deployment, by their ids. Whose line is here and who has been taken off the list counts for nothing. */
  readonly #witnesses: readonly string[];

  constructor(context: Pick<RegionContext, 'ctx' | 'meta' | 'transaction'>, witnesses: readonly WitnessKey[]) {
    this.#context = context;
    this.#witnesses = witnesses.map(witnessId);
  }

  get #sql(): SqlStorage {
    return this.#context.ctx.storage.sql;
  }

  read(): LogState {
    const bytes = this.#context.meta.get(EDGE);
    return { edge: bytes ? decodeEdge(bytes) : EMPTY_EDGE, header: this.#context.meta.get(HEADER) };
  }

  /** Throws where the tree has grown since `from` was read: another run of this object was faster. */
  grow(from: LogEdge, edge: LogEdge, header: Uint8Array): void {
    this.#context.transaction(() => {
      if (this.read().edge.size !== from.size) throw new Error('the log has grown meanwhile');
      this.#context.meta.put(EDGE, encodeEdge(edge));
      this.#context.meta.put(HEADER, header);
    });
  }

  /** Newest first. */
  checkpoints(): StoredCheckpoint[] {
    const signed = this.#sql.exec('SELECT size, witness FROM log_cosignature').toArray();
    const rows = this.#sql.exec('SELECT size, root FROM log_checkpoint ORDER BY size DESC').toArray();
    return rows.map(({ size, root }) => ({
      size: BigInt(size as number),
      root: blob(root),
      cosigners: this.#witnesses.filter((id) => signed.some((one) => one.size === size && one.witness === id)),
    }));
  }

  /** The tree as it is may be signed from here on. Of an edge that is not the stored one, or not larger, it makes nothing. */
  addCheckpoint(edge: LogEdge, nowMs: number): void {
    this.#context.transaction(() => {
      const stored = this.read().edge;
      const newest = this.checkpoints()[0]?.size ?? 0n;
      const root = rootOfEdge(stored);
      if (stored.size <= newest || !equalBytes(root, rootOfEdge(edge))) return;
      this.#sql.exec('INSERT INTO log_checkpoint(size, root) VALUES(?, ?)', Number(stored.size), root);
      this.#tidy(nowMs);
    });
  }

  /** The size of the candidate as of now: one that has waited long enough gives way, whether or not a block comes. */
  candidateSize(nowMs: number): bigint | undefined {
    if (this.checkpoints().length === 0) return undefined;
    this.#context.transaction(() => this.#tidy(nowMs));
    return this.#candidate()?.size;
  }

  #candidate(): Candidate | undefined {
    const bytes = this.#context.meta.get(CANDIDATE);
    if (!bytes) return undefined;
    const { size, sinceMs, earlier } = JSON.parse(new TextDecoder().decode(bytes)) as StoredCandidate;
    return { size: BigInt(size), sinceMs, earlier: (earlier ?? []).map(BigInt) };
  }

  #putCandidate({ size, sinceMs, earlier }: Candidate): void {
    const stored: StoredCandidate = { size: size.toString(), sinceMs, earlier: earlier.map(String) };
    this.#context.meta.put(CANDIDATE, new TextEncoder().encode(JSON.stringify(stored)));
  }

  /** Lines of signatures of the deployment's witnesses, each with its new line. */
  cosignatures(size: bigint): string[] {
    return this.#witnesses.flatMap((id) => this.cosignature(size, id) ?? []);
  }

  cosignature(size: bigint, witness: string): string | undefined {
    const query = 'SELECT line FROM log_cosignature WHERE size = ? AND witness = ?';
    return this.#sql.exec(query, Number(size), witness).toArray()[0]?.line as string | undefined;
  }

  /** `witness`: its id. Its last word counts. False where no checkpoint of this size is kept. */
  addCosignature(size: bigint, witness: string, line: string, nowMs: number): boolean {
    return this.#context.transaction(() => {
      if (!this.checkpoints().some((kept) => kept.size === size)) return false;
      this.#sql.exec(
        `INSERT INTO log_cosignature(size, witness, line) VALUES(?, ?, ?)
         ON CONFLICT(size, witness) DO UPDATE SET line = excluded.line`,
        Number(size),
        witness,
        line,
      );
      this.#tidy(nowMs);
      return true;
    });
  }

  #tidy(nowMs: number): void {
    const checkpoints = this.checkpoints();
    const current = this.#candidate();
    const candidate = candidateOf(current, checkpoints, this.#witnesses.length, nowMs);
    if (candidate !== current) this.#putCandidate(candidate);
    const kept = keptSizes(checkpoints, candidate);
    for (const { size } of checkpoints) {
      if (kept.includes(size)) continue;
      this.#sql.exec('DELETE FROM log_checkpoint WHERE size = ?', Number(size));
      this.#sql.exec('DELETE FROM log_cosignature WHERE size = ?', Number(size));
    }
  }
}
