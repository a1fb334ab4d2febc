import { describe, expect, it } from 'vitest';
import { decodeSummary, encodeSummary } from '../../../../ml/search/canonical.ts';
import { canonicalJson, jsonBytes, parseCanonical } from '../../../../ml/search/json.ts';
import { finite, finiteFloats, record } from '../../../../ml/search/record.ts';
import type { JobSummary } from '../../../../ml/search/search.ts';

const summary: JobSummary = {
  index: 3,
  kind: 'trial',
  state: 'done',
  cycles: 12_345_678_901_234n,
  score: 0.5,
  folds: [0.25, 0.75],
  criteria: [0.2, 0.7],
  curve: [
    [1, 0.9],
    [2, 0.5, 0.6],
  ],
  candidate: { family: 'boost', params: { rounds: 10, note: 'ab', flag: true }, effort: 16, from: 'local' },
  precision: { kind: 'int8', float: 0.75, int8: 0.5 },
  members: [{ trial: 1, weight: 64 }],
};

describe('canonical JSON', () => {
  it('has sorted names and one zero, and leaves out what is absent', () => {
    expect(canonicalJson({ b: [1, -0, '"'], a: { y: undefined, x: null } })).toBe('{"a":{"x":null},"b":[1,0,"\\""]}');
    expect(parseCanonical(jsonBytes({ 名: 'é' }))).toEqual({ 名: 'é' });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, '\ud800', () => 1, 1n])('refuses %s', (value) => {
    expect(() => canonicalJson({ value })).toThrow(RangeError);
  });

  it.each(['{"b":1,"a":2}', '{"a": 1}', '{"a":1.0}', '{"a":-0}', '{"a":1,"a":1}', '\ufeff{}', '{', '"\\u0041"'])(
    'takes %s for no canonical text',
    (text) => expect(parseCanonical(new TextEncoder().encode(text))).toBeUndefined(),
  );
});

describe('summaries', () => {
  it('come back as they were', () => {
    expect(decodeSummary(encodeSummary(summary))).toEqual({ ok: true, value: summary });
  });

  const wire = { ...summary, cycles: '1' };
  it.each<[string, unknown]>([
    ['an unknown field', { ...wire, extra: 1 }],
    ['a missing one', { ...wire, cycles: undefined }],
    ['cycles as a number', { ...wire, cycles: 1 }],
    ['negative cycles', { ...wire, cycles: '-1' }],
    ['another kind', { ...wire, kind: 'rest' }],
    ['another family', { ...wire, candidate: { ...summary.candidate, family: 'svm' } }],
    ['an effort beyond the whole', { ...wire, candidate: { ...summary.candidate, effort: 17 } }],
    ['a parameter that is a list', { ...wire, candidate: { ...summary.candidate, params: { a: [1] } } }],
    ['a candidate of another precision', { ...wire, candidate: { ...summary.candidate, precision: 'f32' } }],
    ['a precision that no model has', { ...wire, precision: { ...summary.precision, kind: 'int4' } }],
    ['a precision without the float score', { ...wire, precision: { kind: 'int8', int8: 1 } }],
    ['a fold that is a text', { ...wire, folds: ['1'] }],
    ['a list', [wire]],
  ])('refuse %s', (_name, value) => {
    expect(decodeSummary(jsonBytes(value))).toMatchObject({ ok: false, code: 'result_mismatch' });
  });
});

describe('records', () => {
  const codec = record('TEST', { x: finite, xs: finiteFloats(2) });

  it('have one encoding', () => {
    const bytes = codec.encode({ x: -0, xs: Float32Array.of(-0, 1.5) });
    expect(codec.decode(bytes)).toEqual({ ok: true, value: { x: 0, xs: Float32Array.of(0, 1.5) } });
    expect(bytes).toEqual(codec.encode({ x: 0, xs: Float32Array.of(0, 1.5) }));
  });

  it('refuse other letters, spare bytes, and numbers that are none', () => {
    const bytes = codec.encode({ x: 1, xs: Float32Array.of(1) });
    const changed = (at: number, ...values: number[]): Uint8Array => {
      const copy = bytes.slice();
      copy.set(values, at);
      return copy;
    };
    const nan = [0x00, 0x00, 0xc0, 0x7f];
    const bad = [changed(0, 0), Uint8Array.of(...bytes, 0), bytes.subarray(0, 9), changed(bytes.length - 4, ...nan)];
    for (const other of bad) expect(codec.decode(other)).toMatchObject({ ok: false, code: 'result_mismatch' });
    expect(() => codec.encode({ x: Number.NaN, xs: new Float32Array(0) })).toThrow();
    expect(() => codec.encode({ x: 0, xs: new Float32Array(3) })).toThrow();
  });
});
