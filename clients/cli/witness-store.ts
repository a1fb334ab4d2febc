/**
 * A witness' folder: its key, the newest checkpoint that it co-signed, and evidence against the log.
 *
 * What it co-signs next must continue what it co-signed last, whatever else runs on the folder and whenever the machine stops. So each
 * step is a new file, `cosigned/N`, written whole, synced and then linked to its name: a link to a name that exists fails, so of two
 * processes that both follow step N one alone makes step N + 1, whose bytes it reads back. Only then is anything signed. Of a stop in
 * between, the step stands and is signed the next time; it is never undone.
 */
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decodeHeader, encodeHeader } from '../../protocol/block/header.ts';
import { bytesMax, CodecError, decode, encode, option, struct, textMax } from '../../protocol/codec.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import type { FollowedLog } from '../../protocol/log/follow.ts';
import { logFrontierCodec } from '../../protocol/log/frontier.ts';
import { Refusal } from './exit-codes.ts';
import { replaceSynced, syncFolder, temporaryName, writeSynced } from './synced-files.ts';
import { keepEvidence } from './witness-evidence.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** A step that was listed may be gone before it is read, as often as others make steps in between. */
const READS_MAX = 10;
const NOTE_BYTES_MAX = 4096;
const HEADER_BYTES_MAX = 512;
const STEP_DIGITS = 12;

/** What was co-signed last: the checkpoint as the log signed it, and how far its leaves were read. */
export interface Cosigned extends FollowedLog {
  readonly checkpoint: string;
}

const cosignedCodec = struct({
  checkpoint: textMax(NOTE_BYTES_MAX),
  frontier: logFrontierCodec,
  header: option(bytesMax(HEADER_BYTES_MAX)),
});

const encodeCosigned = ({ checkpoint, frontier, header }: Cosigned): Uint8Array =>
  encode(cosignedCodec, { checkpoint, frontier, header: header && encodeHeader(header) });

function decodeCosigned(bytes: Uint8Array): Cosigned {
  const { checkpoint, frontier, header } = decode(cosignedCodec, bytes);
  return { checkpoint, frontier, header: header && decodeHeader(header) };
}

/** A step, and what to hand in to make the next one. */
export interface Step {
  readonly number: number;
  readonly cosigned: Cosigned | undefined;
}

export class WitnessStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    for (const path of [folder, this.#steps, this.#evidence]) {
      try {
        mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
      } catch (cause) {
        throw new Refusal(`${path} can not be made: ${(cause as Error).message}`);
      }
    }
  }

  get #steps(): string {
    return join(this.folder, 'cosigned');
  }

  get #evidence(): string {
    return join(this.folder, 'evidence');
  }

  #pathOf(step: number): string {
    return join(this.#steps, String(step).padStart(STEP_DIGITS, '0'));
  }

  #stepsThere(): number[] {
    return readdirSync(this.#steps)
      .filter((name) => /^\d{12}$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  }

  read(): Step {
    for (let i = 0; i < READS_MAX; i++) {
      const number = this.#stepsThere().at(-1) ?? 0;
      if (number === 0) return { number, cosigned: undefined };
      const bytes = this.#bytesOf(number);
      if (bytes) return { number, cosigned: this.#decoded(number, bytes) };
    }
    throw new Refusal(`other processes sign for ${this.folder}`);
  }

  /** Undefined where it is not there (any more). */
  #bytesOf(step: number): Uint8Array | undefined {
    try {
      return new Uint8Array(readFileSync(this.#pathOf(step)));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw cause;
    }
  }

  #decoded(step: number, bytes: Uint8Array): Cosigned {
    try {
      return decodeCosigned(bytes);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      // Never passed over: what it said must not be contradicted.
      throw new Refusal(`${this.#pathOf(step)} is damaged: this witness must not sign any more`);
    }
  }

  /** Refuses where another process has made a step since `before` was read. */
  persist(before: Step, cosigned: Cosigned): void {
    const number = before.number + 1;
    const bytes = encodeCosigned(cosigned);
    this.#link(number, bytes);
    syncFolder(this.#steps);
    const held = this.#bytesOf(number);
    if (!held || !equalBytes(held, bytes)) throw this.#notAlone();
    this.#tidy(number);
  }

  #link(number: number, bytes: Uint8Array): void {
    const temporary = temporaryName(this.#pathOf(number));
    try {
      writeSynced(temporary, bytes, FILE_MODE);
      linkSync(temporary, this.#pathOf(number));
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EEXIST') throw this.#notAlone();
      throw new Refusal(`${this.#pathOf(number)} can not be written: ${code}`);
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  #notAlone(): Refusal {
    return new Refusal(`another process signs for ${this.folder}`);
  }

  /** For signing the last step again. Refuses where another process has made one since. */
  mustStillBe(before: Step): void {
    if (this.#stepsThere().at(-1) !== before.number) throw this.#notAlone();
  }

  /** Steps before the last but one are removed; so a name can be free because its step is long past. */
  #tidy(number: number): void {
    const there = this.#stepsThere();
    if (there.at(-1) !== number) {
      rmSync(this.#pathOf(number), { force: true });
      throw this.#notAlone();
    }
    const isPast = (name: string): boolean =>
      Number(/^(\d{12})(\.[0-9a-f]+\.tmp)?$/.exec(name)?.[1] ?? number) < number - 1;
    // Beside steps, what processes left that stopped in the middle of writing one.
    for (const name of readdirSync(this.#steps)) if (isPast(name)) rmSync(join(this.#steps, name), { force: true });
  }

  /** What the log showed, beside what this witness had co-signed: whoever knows the log's key can check both. */
  keepEvidence(code: ErrorCode, detail: string | undefined, shown: string, before: Step): string | undefined {
    return keepEvidence(this.#evidence, { code, detail, shown, cosigned: before.cosigned?.checkpoint });
  }

  /** The newest checkpoint with this witness' own line, for handing on where the log does not. */
  publish(checkpoint: string): void {
    replaceSynced(join(this.folder, 'checkpoint.txt'), checkpoint, 0o644);
  }
}
