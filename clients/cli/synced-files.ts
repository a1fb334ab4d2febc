/** Files whose loss or mixing-up would make a witness say two things: on the disk before anything follows from them. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';

const NAME_BYTES = 8;

/** A name that no other process has, on whatever machine and in whatever container it runs. */
export const temporaryName = (path: string): string =>
  `${path}.${bytesToHex(crypto.getRandomValues(new Uint8Array(NAME_BYTES)))}.tmp`;

/** Fails where the file exists. */
export function writeSynced(path: string, content: string | Uint8Array, mode: number): void {
  const file = openSync(path, 'wx', mode);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A name that was made, or taken away, is so after a stop of the machine. */
export function syncFolder(path: string): void {
  // Windows syncs no folder: there a name is as durable as its file system makes it.
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Whole or not at all: whoever reads meanwhile reads what was there before. */
export function replaceSynced(path: string, content: string | Uint8Array, mode: number): void {
  const temporary = temporaryName(path);
  try {
    writeSynced(temporary, content, mode);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  syncFolder(dirname(path));
}

/** Of a file that another function wrote. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncFolder(dirname(path));
}
