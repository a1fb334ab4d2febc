import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { curves } from 'snarkjs';
import { parseVerificationKey, verificationKeyId } from '../protocol/proof/groth16.ts';
import {
  ARTEFACTS,
  type Artefact,
  type CircuitLock,
  type Lock,
  PATHS,
  ROOT,
  readCached,
  readLock,
  sha256Hex,
} from './artefacts.ts';
import { CIRCUITS, type Circuit, DEVELOPMENT_SEED } from './catalogue.ts';
import { compile } from './compile.ts';
import { generateKeyScalars } from './keygen.ts';
import { printJson, printTypeScript } from './print.ts';
import { readR1cs } from './r1cs.ts';
import { type VerificationKeyJson, verificationKeyJson, writeZkey } from './zkey.ts';

type Built = {
  readonly circuit: Circuit;
  readonly files: { readonly [artefact in Artefact]: Uint8Array };
  readonly verificationKey: VerificationKeyJson;
  readonly lock: CircuitLock;
};

// Raise when keygen.ts or zkey.ts come to write other bytes for the same circuit.
const KEYGEN_VERSION = 1;

const require = createRequire(import.meta.url);

function packageVersion(name: string): string {
  return `${name}@${(require(`${name}/package.json`) as { version: string }).version}`;
}

/** SHA-256 of all that a circuit's artefacts follow from. */
async function sourceHash(circuit: Circuit): Promise<string> {
  const tools = ['circom2', 'circomlib'].map(packageVersion).join(' ');
  const source = await readFile(PATHS.source(circuit.name));
  return sha256Hex(`${tools} keygen@${KEYGEN_VERSION} ${DEVELOPMENT_SEED}\n`, source);
}

async function buildOne(circuit: Circuit, scratch: string): Promise<Built> {
  const { r1cs, wasm } = await compile(ROOT, PATHS.source(circuit.name), scratch);
  const system = readR1cs(r1cs);
  if (system.publicSignals !== circuit.publicSignals.length) {
    throw new Error(`${circuit.name} has ${system.publicSignals} public signals, the catalogue names others`);
  }
  const scalars = generateKeyScalars(system, `${DEVELOPMENT_SEED}/${circuit.name}`);
  // One thread: a curve with workers would outlive this function, and snarkjs caches it for the whole process.
  const zkey = writeZkey(await curves.getCurveFromName('bn128', { singleThread: true }), scalars);
  const verificationKey = verificationKeyJson(scalars);
  const parsed = parseVerificationKey(verificationKey);
  if (!parsed.ok) {
    throw new Error(`the new key of ${circuit.name} is refused: ${parsed.code}`);
  }
  const lock = {
    source: await sourceHash(circuit),
    r1cs: sha256Hex(r1cs),
    wasm: sha256Hex(wasm),
    zkey: sha256Hex(zkey),
    verificationKeyId: verificationKeyId(parsed.value),
    constraints: system.constraints.length,
    wires: system.wires,
  };
  return { circuit, files: { r1cs, wasm, zkey }, verificationKey, lock };
}

/** Two builds at once write the same bytes, each in its own scratch directory; the rename is the only shared step. */
async function buildAll(circuits: readonly Circuit[]): Promise<Built[]> {
  await mkdir(PATHS.cache, { recursive: true });
  const built: Built[] = [];
  for (const circuit of circuits) {
    const scratch = await mkdtemp(`${PATHS.cache}/build-`);
    try {
      built.push(await buildOne(circuit, scratch));
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  return built;
}

async function writeCache({ circuit, files }: Built): Promise<void> {
  for (const artefact of ARTEFACTS) {
    const path = PATHS.artefact(circuit.name, artefact);
    const partial = `${path}.${randomUUID()}`;
    await writeFile(partial, files[artefact]);
    await rename(partial, path);
  }
}

async function isCached(lock: Lock, circuit: Circuit): Promise<boolean> {
  if (lock[circuit.name]?.source !== (await sourceHash(circuit))) {
    return false;
  }
  const found = await Promise.all(ARTEFACTS.map((artefact) => readCached(lock, circuit.name, artefact)));
  return found.every((bytes) => bytes !== null);
}

/** @throws Error that names each field in which a build differs from what `lock.json` pins */
export function checkAgainstLock(circuit: string, actual: CircuitLock, lock: Lock): void {
  const expected = lock[circuit];
  const different = Object.entries(actual).filter(([name, value]) => expected?.[name as keyof CircuitLock] !== value);
  if (different.length > 0) {
    const names = different.map(([name]) => name).join(', ');
    throw new Error(
      `${circuit} differs from circuits/lock.json in: ${names}. If meant: node circuits/build.ts --relock`,
    );
  }
}

async function checkKeyFile({ circuit, verificationKey }: Built): Promise<void> {
  if ((await readFile(PATHS.verificationKey(circuit.name), 'utf8')) !== printJson(verificationKey)) {
    throw new Error(`${PATHS.verificationKey(circuit.name)} is not the key that the build gives`);
  }
}

/**
 * Fills the cache `circuits/dist` with every circuit's constraint system, witness program and development proving key,
 * and checks each against `lock.json`. Does nothing when the cache is already right. Needs no network, leaves no thread.
 *
 * @throws Error when a source, tool or artefact differs from what is committed
 */
export async function buildCircuits(): Promise<void> {
  const lock = await readLock();
  const stale: Circuit[] = [];
  for (const circuit of CIRCUITS) {
    if (!(await isCached(lock, circuit))) {
      stale.push(circuit);
    }
  }
  for (const built of await buildAll(stale)) {
    checkAgainstLock(built.circuit.name, built.lock, lock);
    await checkKeyFile(built);
    await writeCache(built);
  }
}

/** The text of protocol/proof/groth16-keys.ts, by which the verifier knows the keys without reading files. */
export function keyModule(
  keys: readonly { circuit: Circuit; id: string; verificationKey: VerificationKeyJson }[],
): string {
  const entries = keys.map(({ circuit, id, verificationKey }) => ({
    circuit: circuit.name,
    id,
    development: true,
    publicSignals: circuit.publicSignals,
    verificationKey,
  }));
  return `// Generated from circuits/keys by \`node circuits/build.ts --relock\`; do not edit.

/** A verification key that the network knows. */
export type CircuitKey = {
  readonly circuit: string;
  /** \`verificationKeyId\` of the key: SHA-256 in hex. */
  readonly id: string;
  /** True when the key's secrets are public, so that anyone can forge; production refuses it. */
  readonly development: boolean;
  /** Names of the public signals, in order. */
  readonly publicSignals: readonly string[];
  /** In snarkjs' JSON. */
  readonly verificationKey: unknown;
};

export const CIRCUIT_KEYS: readonly CircuitKey[] = ${printTypeScript(entries)};
`;
}

/** Rebuilds everything and rewrites what is committed: lock, keys, key module. */
async function relock(): Promise<void> {
  const all = await buildAll(CIRCUITS);
  for (const built of all) {
    await writeFile(PATHS.verificationKey(built.circuit.name), printJson(built.verificationKey));
    await writeCache(built);
  }
  await writeFile(PATHS.lock, printJson(Object.fromEntries(all.map(({ circuit, lock }) => [circuit.name, lock]))));
  const keys = all.map(({ circuit, lock, verificationKey }) => ({
    circuit,
    id: lock.verificationKeyId,
    verificationKey,
  }));
  await writeFile(PATHS.keyModule, keyModule(keys));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await (process.argv.includes('--relock') ? relock() : buildCircuits());
}
