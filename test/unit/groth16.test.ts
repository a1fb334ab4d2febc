import { bn254 } from '@noble/curves/bn254.js';
import fc from 'fast-check';
import { curves, groth16 } from 'snarkjs';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Groth16Verdict,
  PUBLIC_SIGNALS_MAX,
  parseProof,
  parseVerificationKey,
  verificationKeyId,
  verifyGroth16,
} from '../../protocol/proof/groth16.ts';
import type { G1Point, G2Point } from '../../protocol/proof/groth16-points.ts';
import { type KeyJson, type Sample, sample } from './groth16-sample.ts';

const { Fp, Fp2, Fr } = bn254.fields;
const Q = Fp.ORDER;
const R = Fr.ORDER;

// snarkjs' verifier starts worker threads on a curve that it shares; without this the process would not end.
afterAll(async () => (await curves.getCurveFromName('bn128')).terminate());

function verdictOf(claim: Pick<Sample, 'verificationKey' | 'proof'> & { publicSignals: unknown }): Groth16Verdict {
  const key = parseVerificationKey(claim.verificationKey);
  const proof = parseProof(claim.proof);
  if (!key.ok) return key;
  return proof.ok ? verifyGroth16(key.value, proof.value, claim.publicSignals) : proof;
}

function codeOf(verdict: { ok: true } | { ok: false; code: string }): string {
  return verdict.ok ? 'ok' : verdict.code;
}

const g1Json = (point: G1Point): string[] => {
  const { x, y } = point.toAffine();
  return [`${x}`, `${y}`, '1'];
};
const g2Json = (point: G2Point): string[][] => {
  const { x, y } = point.toAffine();
  return [
    [`${x.c0}`, `${x.c1}`],
    [`${y.c0}`, `${y.c1}`],
    ['1', '0'],
  ];
};
const keyOf = (json: KeyJson) => {
  const key = parseVerificationKey(json);
  if (!key.ok) throw new Error(key.code);
  return key.value;
};

/** On the twist, not in the subgroup: the first small x0 with a square right side, and the order does not kill it. */
function pointOutsideSubgroup(): string[][] {
  for (let x0 = 1n; x0 < 100n; x0++) {
    const x = { c0: x0, c1: 0n };
    try {
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), bn254.G2.Point.CURVE().b));
      return g2Json(bn254.G2.Point.fromAffine({ x, y }));
    } catch {} // no root: the next x0
  }
  throw new Error('no point');
}

describe('the committed sample', () => {
  it('verifies without proving, and snarkjs agrees', async () => {
    const { verificationKey, publicSignals, proof } = sample();
    expect(verdictOf(sample())).toEqual({ ok: true });
    expect(await groth16.verify(verificationKey, publicSignals, proof)).toBe(true);
  });

  it.each([0, 1, 2])('is refused with public signal %i changed, and snarkjs agrees', async (index) => {
    const claim = sample();
    claim.publicSignals[index] = `${Fr.add(BigInt(claim.publicSignals[index] as string), 1n)}`;
    expect(codeOf(verdictOf(claim))).toBe('pairing-mismatch');
    expect(await groth16.verify(claim.verificationKey, claim.publicSignals, claim.proof)).toBe(false);
  });

  it('is refused with any other public signals', () => {
    const key = keyOf(sample().verificationKey);
    const proof = parseProof(sample().proof);
    if (!proof.ok) throw new Error(proof.code);
    const signal = fc.bigInt({ min: 0n, max: R - 1n }).map(String);
    fc.assert(
      fc.property(fc.tuple(signal, signal, signal), (signals) => {
        expect(codeOf(verifyGroth16(key, proof.value, signals))).toBe('pairing-mismatch');
      }),
      { numRuns: 10 },
    );
  });

  const { pi_a, pi_b, pi_c } = sample().proof;
  const negate = (point: string[]) => [point[0] as string, `${Q - BigInt(point[1] as string)}`, '1'];
  it.each([
    ['A and C swapped', { pi_a: pi_c, pi_c: pi_a }],
    ['A negated', { pi_a: negate(pi_a) }],
    ['C negated', { pi_c: negate(pi_c) }],
    ['C another point of G1', { pi_c: g1Json(bn254.G1.Point.BASE) }],
    ['B the generator of G2', { pi_b: g2Json(bn254.G2.Point.BASE) }],
  ])('is refused with %s, and snarkjs agrees', async (_, change) => {
    const claim = sample();
    Object.assign(claim.proof, change);
    expect(codeOf(verdictOf(claim))).toBe('pairing-mismatch');
    expect(await groth16.verify(claim.verificationKey, claim.publicSignals, claim.proof)).toBe(false);
  });

  it('stays valid when it is re-randomised: its bytes name nothing', async () => {
    const claim = sample();
    const proof = parseProof(claim.proof);
    if (!proof.ok) throw new Error(proof.code);
    const { a, b, c } = proof.value;
    const { delta } = keyOf(claim.verificationKey);
    const [s, t] = [123_456_789n, 987_654_321n];
    claim.proof.pi_a = g1Json(a.multiply(Fr.inv(s)));
    claim.proof.pi_b = g2Json(b.multiply(s).add(delta.multiply(Fr.mul(s, t))));
    claim.proof.pi_c = g1Json(c.add(a.multiply(t)));
    expect(claim.proof).not.toEqual(sample().proof);
    expect(verdictOf(claim)).toEqual({ ok: true });
    expect(await groth16.verify(claim.verificationKey, claim.publicSignals, claim.proof)).toBe(true);
    expect(pi_b).toEqual(sample().proof.pi_b);
  });
});

describe('a proof is refused', () => {
  const base = sample().proof;
  const [x, y] = base.pi_a as [string, string];
  const [[bx0, bx1], [by0, by1]] = base.pi_b as [[string, string], [string, string]];
  it.each<[string, string, unknown]>([
    ['null', 'malformed', null],
    ['a string', 'malformed', JSON.stringify(base)],
    ['an array', 'malformed', [base]],
    ['a member missing', 'malformed', { pi_a: base.pi_a, pi_b: base.pi_b, protocol: 'groth16', curve: 'bn128' }],
    ['an unknown member', 'malformed', { ...base, memo: '' }],
    ['plonk', 'wrong-protocol', { ...base, protocol: 'plonk' }],
    ['another curve', 'wrong-curve', { ...base, curve: 'bls12381' }],
    ['A of two coordinates', 'wrong-length', { ...base, pi_a: [x, y] }],
    ['A of four coordinates', 'wrong-length', { ...base, pi_a: [x, y, '1', '1'] }],
    ['A no array', 'wrong-length', { ...base, pi_a: { 0: x, 1: y, 2: '1', length: 3 } }],
    ['B of two pairs', 'wrong-length', { ...base, pi_b: base.pi_b.slice(0, 2) }],
    ['B with a single coordinate', 'wrong-length', { ...base, pi_b: [[bx0], [by0, by1], ['1', '0']] }],
    ['a JSON number', 'not-canonical-decimal', { ...base, pi_a: [1, 2, '1'] }],
    ['hexadecimal', 'not-canonical-decimal', { ...base, pi_a: ['0x1', '2', '1'] }],
    ['a leading zero', 'not-canonical-decimal', { ...base, pi_a: [`0${x}`, y, '1'] }],
    ['a minus', 'not-canonical-decimal', { ...base, pi_a: [`-${x}`, y, '1'] }],
    ['a plus', 'not-canonical-decimal', { ...base, pi_a: [`+${x}`, y, '1'] }],
    ['a blank', 'not-canonical-decimal', { ...base, pi_a: [`${x}\n`, y, '1'] }],
    ['other digits', 'not-canonical-decimal', { ...base, pi_a: ['\u0661', y, '1'] }],
    ['an empty string', 'not-canonical-decimal', { ...base, pi_a: ['', y, '1'] }],
    ['a million digits', 'not-canonical-decimal', { ...base, pi_a: ['9'.repeat(1_000_000), y, '1'] }],
    ['x + q in G1', 'coordinate-out-of-range', { ...base, pi_a: [`${BigInt(x) + Q}`, y, '1'] }],
    ['x = q in G1', 'coordinate-out-of-range', { ...base, pi_c: [`${Q}`, '1', '1'] }],
    [
      'x0 + q in G2',
      'coordinate-out-of-range',
      {
        ...base,
        pi_b: [
          [`${BigInt(bx0) + Q}`, bx1],
          [by0, by1],
          ['1', '0'],
        ],
      },
    ],
    ['A infinite as snarkjs writes it', 'infinity', { ...base, pi_a: ['0', '1', '0'] }],
    ['C infinite as EIP-196 writes it', 'infinity', { ...base, pi_c: ['0', '0', '1'] }],
    [
      'B infinite as snarkjs writes it',
      'infinity',
      {
        ...base,
        pi_b: [
          ['0', '0'],
          ['1', '0'],
          ['0', '0'],
        ],
      },
    ],
    [
      'B infinite as EIP-197 writes it',
      'infinity',
      {
        ...base,
        pi_b: [
          ['0', '0'],
          ['0', '0'],
          ['1', '0'],
        ],
      },
    ],
    ['A with z = 2', 'not-affine', { ...base, pi_a: [x, y, '2'] }],
    [
      'B with z = u',
      'not-affine',
      {
        ...base,
        pi_b: [
          [bx0, bx1],
          [by0, by1],
          ['0', '1'],
        ],
      },
    ],
    [
      'B with z = 1 + u',
      'not-affine',
      {
        ...base,
        pi_b: [
          [bx0, bx1],
          [by0, by1],
          ['1', '1'],
        ],
      },
    ],
    ['A off the curve', 'off-curve', { ...base, pi_a: [x, `${Fp.add(BigInt(y), 1n)}`, '1'] }],
    ['C off the curve', 'off-curve', { ...base, pi_c: ['1', '1', '1'] }],
    [
      'B in EIP-197 order',
      'off-curve',
      {
        ...base,
        pi_b: [
          [bx1, bx0],
          [by1, by0],
          ['1', '0'],
        ],
      },
    ],
    ['B outside the subgroup', 'outside-subgroup', { ...base, pi_b: pointOutsideSubgroup() }],
  ])('%s: %s', (_, code, proof) => {
    expect(codeOf(parseProof(proof))).toBe(code);
  });

  it('or accepted, but never thrown on, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('pi_a', 'pi_b', 'pi_c'), (value, member) => {
        expect(parseProof(value).ok).toBe(false);
        expect(parseProof({ ...base, [member]: value }).ok).toBe(false);
        expect(parseVerificationKey({ ...sample().verificationKey, IC: value }).ok).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

describe('public signals are refused', () => {
  const good = sample().publicSignals as [string, string, string];
  it.each<[string, string, unknown]>([
    ['no array', 'wrong-length', null],
    ['none', 'wrong-length', []],
    ['one too few', 'wrong-length', good.slice(1)],
    ['one too many', 'wrong-length', [...good, '0']],
    ['+ r, the same residue', 'public-out-of-range', [good[0], good[1], `${BigInt(good[2]) + R}`]],
    ['r itself', 'public-out-of-range', [`${R}`, good[1], good[2]]],
    ['a leading zero', 'not-canonical-decimal', [good[0], good[1], `0${good[2]}`]],
    ['a JSON number', 'not-canonical-decimal', [good[0], good[1], 7]],
    ['negative', 'not-canonical-decimal', ['-1', good[1], good[2]]],
    ['a hole', 'not-canonical-decimal', [good[0], undefined, good[2]]],
  ])('%s: %s', (_, code, signals) => {
    expect(codeOf(verdictOf({ ...sample(), publicSignals: signals }))).toBe(code);
  });

  it('but r - 1 and 0 are in range', () => {
    const claim = { ...sample(), publicSignals: [`${R - 1n}`, '0', good[2]] };
    expect(codeOf(verdictOf(claim))).toBe('pairing-mismatch');
  });
});

describe('a key is refused', () => {
  const base = sample().verificationKey;
  it.each<[string, string, unknown]>([
    ['an array', 'malformed', [base]],
    ['an unknown member', 'malformed', { ...base, memo: '' }],
    ['nPublic as text', 'malformed', { ...base, nPublic: '3' }],
    ['nPublic of another circuit', 'wrong-length', { ...base, nPublic: 2 }],
    ['no public signal', 'wrong-length', { ...base, nPublic: 0, IC: base.IC.slice(0, 1) }],
    [
      'too many public signals',
      'wrong-length',
      { ...base, nPublic: PUBLIC_SIGNALS_MAX + 1, IC: new Array(PUBLIC_SIGNALS_MAX + 2).fill(base.IC[0]) },
    ],
    ['fflonk', 'wrong-protocol', { ...base, protocol: 'fflonk' }],
    ['another curve', 'wrong-curve', { ...base, curve: 'bls12381' }],
    [
      'delta infinite',
      'infinity',
      {
        ...base,
        vk_delta_2: [
          ['0', '0'],
          ['1', '0'],
          ['0', '0'],
        ],
      },
    ],
    ['a public signal bound to nothing', 'infinity', { ...base, IC: [...base.IC.slice(0, 3), ['0', '1', '0']] }],
    ['beta outside the subgroup', 'outside-subgroup', { ...base, vk_beta_2: pointOutsideSubgroup() }],
    ['alpha off the curve', 'off-curve', { ...base, vk_alpha_1: ['1', '1', '1'] }],
  ])('%s: %s', (_, code, key) => {
    expect(codeOf(parseVerificationKey(key))).toBe(code);
  });

  it('has an id that JSON spelling does not change and any point does', () => {
    const id = verificationKeyId(keyOf(base));
    expect(id).toBe(sample().verificationKeyId);
    const reordered = Object.fromEntries(Object.entries(base).reverse()) as KeyJson;
    expect(verificationKeyId(keyOf({ ...reordered, vk_alphabeta_12: [] } as KeyJson))).toBe(id);
    const swapped = { ...base, IC: [base.IC[1], base.IC[0], ...base.IC.slice(2)] as string[][] };
    expect(verificationKeyId(keyOf(swapped))).not.toBe(id);
  });
});

describe('weak keys: two of beta, gamma, delta equal up to sign', () => {
  const base = sample().verificationKey;
  const { alpha, beta, gamma, delta, inputs } = keyOf(base);
  // Any statement will do: these signals belong to no witness.
  const signals = ['1', '2', '3'];
  const sum = signals.reduce(
    (total, signal, index) => total.add((inputs[index + 1] as G1Point).multiply(BigInt(signal))),
    inputs[0] as G1Point,
  );
  it.each<[string, Partial<KeyJson>, [G1Point, G2Point, G1Point]]>([
    ['delta = gamma', { vk_delta_2: g2Json(gamma) }, [alpha, beta, sum.negate()]],
    ['delta = -gamma', { vk_delta_2: g2Json(gamma.negate()) }, [alpha, beta, sum]],
    ['gamma = beta', { vk_gamma_2: g2Json(beta) }, [alpha.add(sum), beta.add(delta), alpha.add(sum)]],
    ['delta = beta', { vk_delta_2: g2Json(beta) }, [sum, beta.add(gamma), sum.subtract(alpha)]],
  ])('%s: a forged proof satisfies snarkjs, and the key is refused here', async (_, change, [a, b, c]) => {
    const verificationKey = { ...base, ...change };
    const proof = { ...sample().proof, pi_a: g1Json(a), pi_b: g2Json(b), pi_c: g1Json(c) };
    expect(await groth16.verify(verificationKey, signals, proof)).toBe(true);
    expect(codeOf(verdictOf({ verificationKey, proof, publicSignals: signals }))).toBe('weak-key');
    // Under the sound key the same points prove nothing.
    expect(codeOf(verdictOf({ verificationKey: base, proof, publicSignals: signals }))).toBe('pairing-mismatch');
  });
});
