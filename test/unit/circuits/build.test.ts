import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { bn254 } from '@noble/curves/bn254.js';
import { curves, zKey } from 'snarkjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ARTEFACTS,
  type CircuitLock,
  PATHS,
  ROOT,
  readCached,
  readLock,
  sha256Hex,
} from '../../../circuits/artefacts.ts';
import { buildCircuits, checkAgainstLock, keyModule } from '../../../circuits/build.ts';
import { CIRCUITS, DEVELOPMENT_SEED } from '../../../circuits/catalogue.ts';
import { generateKeyScalars } from '../../../circuits/keygen.ts';
import { readR1cs } from '../../../circuits/r1cs.ts';
import { verificationKeyJson } from '../../../circuits/zkey.ts';
import { verifyKnownProof } from '../../../protocol/proof/groth16-circuits.ts';
import { CIRCUIT_KEYS } from '../../../protocol/proof/groth16-keys.ts';
import { sample } from '../groth16-sample.ts';
import { artefact } from './witness.ts';

const NAME = 'bid_covers_ask';
const { Fr } = bn254.fields;

beforeAll(buildCircuits, 60_000);
afterAll(async () => (await curves.getCurveFromName('bn128')).terminate());

function scalars(seed = `${DEVELOPMENT_SEED}/${NAME}`) {
  return generateKeyScalars(readR1cs(artefact('r1cs')), seed);
}

describe('the build', () => {
  it('fills the cache with what the lock pins', async () => {
    const lock = await readLock();
    for (const kind of ARTEFACTS) {
      expect(sha256Hex(artefact(kind))).toBe(lock[NAME]?.[kind]);
      expect(await readCached(lock, NAME, kind)).not.toBeNull();
    }
  });

  it('does not take a spoilt artefact from the cache', async () => {
    const lock = await readLock();
    const pinned = lock[NAME] as CircuitLock;
    const other = { ...lock, [NAME]: { ...pinned, zkey: sha256Hex('another') } };
    expect(await readCached(other, NAME, 'zkey')).toBeNull();
    expect(await readCached(lock, 'no_such_circuit', 'zkey')).toBeNull();
  });

  it('names what differs from the lock', async () => {
    const lock = await readLock();
    const pinned = lock[NAME] as CircuitLock;
    expect(() => checkAgainstLock(NAME, pinned, lock)).not.toThrow();
    for (const field of ['source', ...ARTEFACTS, 'verificationKeyId'] as const) {
      expect(() => checkAgainstLock(NAME, { ...pinned, [field]: sha256Hex('another') }, lock)).toThrow(`in: ${field}.`);
    }
    expect(() => checkAgainstLock(NAME, pinned, {})).toThrow('differs');
  });

  it('runs as a command that ends by itself', () => {
    execFileSync(process.execPath, ['circuits/build.ts'], { cwd: ROOT, timeout: 20_000 });
  });
});

describe('development keys', () => {
  it('are the same for the same seed and others for another', () => {
    expect(scalars()).toEqual(scalars());
    expect(scalars('another seed').delta).not.toBe(scalars().delta);
  });

  it('agree with what snarkjs reads from the proving key', async () => {
    const { vk_alphabeta_12: _, ...exported } = await zKey.exportVerificationKey(PATHS.artefact(NAME, 'zkey'));
    expect(exported).toEqual(JSON.parse(readFileSync(PATHS.verificationKey(NAME), 'utf8')));
    expect(verificationKeyJson(scalars())).toEqual(exported);
  });

  it('are those of the verifier, to the byte of its module', () => {
    const [circuit] = CIRCUITS;
    const [entry] = CIRCUIT_KEYS;
    if (circuit === undefined || entry === undefined) throw new Error('no circuit');
    const text = keyModule([{ circuit, id: entry.id, verificationKey: verificationKeyJson(scalars()) }]);
    expect(readFileSync(PATHS.keyModule, 'utf8')).toBe(text);
  });

  it('let anyone forge, which is why production refuses them', () => {
    const { alpha, beta, delta, inputs } = scalars();
    // Signals whose sum of inputs is infinity, the one case in which a pairing has no second point.
    const last = Fr.neg(Fr.div(inputs[0] as bigint, inputs[3] as bigint));
    const point = (scalar: bigint) => {
      const { x, y } = bn254.G1.Point.BASE.multiply(scalar).toAffine();
      return [`${x}`, `${y}`, '1'];
    };
    const { x, y } = bn254.G2.Point.BASE.multiply(Fr.add(beta, delta)).toAffine();
    const proof = {
      ...sample().proof,
      pi_a: point(alpha),
      pi_b: [
        [`${x.c0}`, `${x.c1}`],
        [`${y.c0}`, `${y.c1}`],
        ['1', '0'],
      ],
      pi_c: point(alpha),
    };
    const forged = { ...sample(), proof, publicSignals: ['0', '0', `${last}`] };
    expect(verifyKnownProof(forged, { allowDevelopmentKeys: true })).toEqual({ ok: true });
    expect(verifyKnownProof(forged, { allowDevelopmentKeys: false })).toEqual({ ok: false, code: 'development-key' });
  });
});
