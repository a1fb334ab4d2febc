/** Files that hold secrets: mode 0600 in folders of mode 0700, written whole or not at all. */
import { closeSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Refusal } from './exit-codes.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Of what is read whole into memory: anything larger is not what was asked for. */
export const FILE_BYTES_MAX = {
  /** Keystores, order files, receipts, checkpoints, genesis files. */
  small: 1 << 20,
  /** A body and a witness at their largest, in base64. */
  proof: 36 << 20,
  /** A result as `hai order result` writes it, and no larger than what an order may bring. */
  weights: 64 << 20,
  table: 256 << 20,
} as const;
const READ_BYTES = 1 << 18;

/** ~/.config/hai, or where XDG_CONFIG_HOME says. */
export function configFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'hai');
}

export function fileExists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** `replace`: whether an existing file may be lost. A secret that exists is never overwritten otherwise. */
export function writeSecretFile(path: string, text: string, replace: boolean): void {
  writing(path, () => mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE }));
  if (!replace) {
    try {
      writeFileSync(path, text, { mode: FILE_MODE, flag: 'wx' });
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST')
        throw new Refusal(`${path} exists; it is not overwritten`);
      throw new Refusal(`${path} can not be written: ${(cause as Error).message}`);
    }
  }
  writing(path, () => {
    const temporary = temporaryBeside(path);
    writeFileSync(temporary, text, { mode: FILE_MODE, flag: 'w' });
    renameSync(temporary, path);
  });
}

const temporaryBeside = (path: string): string => `${path}.${process.pid}.tmp`;

function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    throw new Refusal(
      `${path} can not be written: ${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message}`,
    );
  }
}

/** Before something is paid for what is to be written there. Throws Refusal. */
export function expectWritable(path: string): void {
  writing(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('it is a folder');
    const temporary = temporaryBeside(path);
    writeFileSync(temporary, '', { mode: FILE_MODE, flag: 'w' });
    rmSync(temporary);
  });
}

interface SecretFile {
  readonly text: string;
  /** Whether others than the owner may read it. */
  readonly isOpen: boolean;
}

/** Throws Refusal for a file that is not there, or longer than `bytesMax`. */
export function readSecretFile(path: string, bytesMax: number = FILE_BYTES_MAX.small): SecretFile {
  return reading(path, () => {
    const { mode } = statSync(path);
    const text = readBounded(path, bytesMax).toString('utf8');
    return { text, isOpen: process.platform !== 'win32' && (mode & 0o077) !== 0 };
  });
}

/** Throws as `readSecretFile` does. */
export function readTextFile(path: string, bytesMax: number = FILE_BYTES_MAX.small): string {
  return readSecretFile(path, bytesMax).text;
}

/** Throws as `readSecretFile` does. */
export function readBytesFile(path: string, bytesMax: number): Uint8Array {
  return reading(path, () => Uint8Array.from(readBounded(path, bytesMax)));
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal(`${path} can not be read: ${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message}`);
  }
}

/** Counted as it is read: a pipe or a device states no size. */
function readBounded(path: string, bytesMax: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const parts: Buffer[] = [];
    for (let length = 0; ; ) {
      const part = Buffer.alloc(READ_BYTES);
      const count = readSync(file, part, 0, READ_BYTES, null);
      if (count === 0) return Buffer.concat(parts, length);
      length += count;
      if (length > bytesMax) throw new Refusal(`${path} is longer than ${bytesMax} bytes`);
      parts.push(part.subarray(0, count));
    }
  } finally {
    closeSync(file);
  }
}

export function removeFile(path: string): void {
  rmSync(path, { force: true });
}

/** For results that are no secrets of ours to guard: still not for every user of the machine. */
export function writeResultFile(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content, { mode: FILE_MODE });
  } catch (cause) {
    throw new Refusal(`${path} can not be written: ${(cause as Error).message}`);
  }
}
