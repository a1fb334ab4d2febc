import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Repository root. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = fileURLToPath(new URL('.', import.meta.url));

export const ARTEFACTS = ['r1cs', 'wasm', 'zkey'] as const;
export type Artefact = (typeof ARTEFACTS)[number];

/** What `lock.json` pins for one circuit: SHA-256 in hex, and sizes for the reader. */
export type CircuitLock = { readonly [artefact in Artefact]: string } & {
  /** Everything that the artefacts follow from: source text, tool versions, seed. */
  readonly source: string;
  readonly verificationKeyId: string;
  readonly constraints: number;
  readonly wires: number;
};
export type Lock = { readonly [circuit: string]: CircuitLock };

export const PATHS = {
  lock: `${FOLDER}lock.json`,
  cache: `${FOLDER}dist`,
  source: (circuit: string) => `${FOLDER}${circuit}.circom`,
  artefact: (circuit: string, artefact: Artefact) => `${FOLDER}dist/${circuit}.${artefact}`,
  verificationKey: (circuit: string) => `${FOLDER}keys/${circuit}.vkey.json`,
  keyModule: `${ROOT}protocol/proof/groth16-keys.ts`,
};

export function sha256Hex(...parts: (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(part);
  }
  return hash.digest('hex');
}

export async function readLock(): Promise<Lock> {
  return JSON.parse(await readFile(PATHS.lock, 'utf8')) as Lock;
}

/** The bytes of an artefact in the cache, or null when it is absent or is not the locked one. */
export async function readCached(lock: Lock, circuit: string, artefact: Artefact): Promise<Uint8Array | null> {
  const expected = lock[circuit]?.[artefact];
  try {
    const bytes = await readFile(PATHS.artefact(circuit, artefact));
    return sha256Hex(bytes) === expected ? bytes : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return null;
    }
    throw error;
  }
}
