/** Files that hold secrets: mode 0600 in folders of mode 0700, written whole or not at all. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Refusal } from './exit-codes.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** ~/.config/hai, or where XDG_CONFIG_HOME says. */
export function configFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'hai');
}

export function fileExists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** `replace`: whether an existing file may be lost. A secret that exists is never overwritten otherwise. */
export function writeSecretFile(path: string, text: string, replace: boolean): void {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
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
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: FILE_MODE, flag: 'w' });
  renameSync(temporary, path);
}

/** The text and whether others than the owner may read it. */
export function readSecretFile(path: string): { text: string; isOpen: boolean } {
  try {
    const { mode } = statSync(path);
    return { text: readFileSync(path, 'utf8'), isOpen: process.platform !== 'win32' && (mode & 0o077) !== 0 };
  } catch (cause) {
    throw new Refusal(`${path} can not be read: ${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message}`);
  }
}

export function readTextFile(path: string): string {
  return readSecretFile(path).text;
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
