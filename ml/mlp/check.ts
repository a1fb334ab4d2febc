/**
 * Checks a prediction from its bytes alone. Nothing in the trace is believed: inputs, activations and logits are recomputed,
 * the two products by Freivalds or in full as their shapes say, and the result must follow from them.
 */
import { type CheckMethod, checkMethod, checkProduct } from '../../hpu/freivalds/freivalds.ts';
import type { Hpu } from '../../hpu/hpu.ts';
import type { PackedWeights } from '../../hpu/product/weights.ts';
import { taggedHash } from '../../protocol/hash.ts';
import type { HpuCycles } from '../../protocol/units.ts';
import { Meter } from '../meter.ts';
import type { MlpModel } from './model.ts';
import { activate, decide, packLayers, quantiseRows } from './predict.ts';
import { decodePrediction, decodeTrace } from './prediction.ts';

export type PredictionCheck =
  | { readonly ok: true; readonly cycles: HpuCycles; readonly methods: readonly [CheckMethod, CheckMethod] }
  | { readonly ok: false; readonly reason: string };

type Product = {
  readonly a: Int8Array;
  readonly weights: Int8Array;
  readonly packed: PackedWeights;
  readonly c: Int32Array;
  readonly rows: number;
  readonly challenge: Uint8Array;
};

const equal = (x: ArrayLike<number>, y: ArrayLike<number>): boolean => {
  if (x.length !== y.length) return false;
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
};

function productHolds(hpu: Hpu, { a, weights, packed, c, rows, challenge }: Product, meter: Meter): boolean {
  const { k, n } = packed;
  if (checkMethod(rows, k, n) === 'recompute') {
    meter.product(rows, k, n);
    return equal(hpu.gemm(a, packed, rows), c);
  }
  meter.freivalds(rows, k, n);
  return checkProduct(hpu, a, weights, c, rows, k, n, challenge);
}

/**
 * `x` holds rows * features cells. The 32-byte challenge must be drawn after resultBytes and traceBytes were committed; each
 * product gets a challenge of its own from it.
 */
export function checkPrediction(
  hpu: Hpu,
  model: MlpModel,
  x: Float32Array,
  rows: number,
  resultBytes: Uint8Array,
  traceBytes: Uint8Array,
  challenge: Uint8Array,
): PredictionCheck {
  const refuse = (reason: string): PredictionCheck => ({ ok: false, reason });
  const { shape, int8 } = model;
  if (x.length !== rows * shape.features) return refuse('the rows do not have the shape of the model');
  const result = decodePrediction(resultBytes, rows, shape.classes);
  if (!result.ok) return refuse(result.evidence ?? result.code);
  const trace = decodeTrace(traceBytes, rows, shape);
  if (!trace.ok) return refuse(trace.evidence ?? trace.code);
  const { a0, c1, a1, c2 } = trace.value;
  const meter = new Meter();
  const [first, second] = packLayers(hpu, model);
  const ownChallenge = (product: number): Uint8Array =>
    taggedHash('HAI/product-challenge/1', challenge, new Uint8Array([product]));
  if (!equal(quantiseRows(hpu, model, x, meter), a0)) return refuse('the quantised inputs differ');
  const layer1 = { a: a0, weights: int8.first.weights, packed: first, c: c1, rows, challenge: ownChallenge(1) };
  if (!productHolds(hpu, layer1, meter)) return refuse('the first product is false');
  if (!equal(activate(hpu, model, c1, rows, meter), a1)) return refuse('the hidden activations differ');
  const layer2 = { a: a1, weights: int8.second.weights, packed: second, c: c2, rows, challenge: ownChallenge(2) };
  if (!productHolds(hpu, layer2, meter)) return refuse('the second product is false');
  const decided = decide(hpu, model, c2, rows, meter);
  if (!equal(decided.logits, result.value.logits)) return refuse('the logits differ');
  if (!equal(decided.labels, result.value.labels)) return refuse('the labels differ');
  return {
    ok: true,
    cycles: meter.cycles,
    methods: [checkMethod(rows, first.k, first.n), checkMethod(rows, second.k, second.n)],
  };
}
