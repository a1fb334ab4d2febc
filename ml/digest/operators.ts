/** Scaling on the HPU's own instance, and every operator beside the product. */
import type { Hpu } from '../../hpu/hpu.ts';
import type { Operators } from '../../hpu/operators/operators.ts';
import { entriesOf, type Window } from '../../hpu/operators/window.ts';
import { addScaling } from '../../hpu/quantise.ts';
import type { MlKernel } from '../kernel.ts';
import { IMAGES, WINDOW } from './products.ts';
import { floats, hexOfBytes, hexOfFloats, hexOfInts, type Parts, signedBytes, words } from './samples.ts';

/** Between floats, int8 and accumulators; exp and log. */
export function scalingParts(hpu: Hpu, ml: MlKernel): Parts {
  const parts: Parts = {};
  const acc = Int32Array.from(words(ml, 900, 3));
  const channels = {
    bias: Int32Array.from(words(ml, 9, 4), (word) => word % 2 ** 30),
    multiplier: Int32Array.from(words(ml, 9, 5), (word) => 2 ** 30 + (word % 2 ** 30)),
    shift: Int32Array.from({ length: 9 }, (_, i) => 36 + i),
  };
  parts.requantise = hexOfBytes(hpu.requantise(acc, 100, 9, channels, { zero: -7, low: -128, high: 127 }));
  parts.rescale = hexOfInts(hpu.rescale(acc, 100, 9, channels));
  parts.quantise = hexOfBytes(hpu.quantise(floats(ml, 999, 6), { scale: 0.0125, zero: 3 }));
  const grid = Array.from({ length: 2000 }, (_, i) => [ml.wasm.expF32(-i / 20), ml.wasm.logF32(1 + i / 8)]).flat();
  parts.transcendental = hexOfFloats(Float32Array.from(grid));
  return parts;
}

const POOL: Window = { height: 3, width: 2, stride: [2, 1], padding: { top: 2, bottom: 1, left: 0, right: 1 } };
const RANGE = { zero: 3, low: -128, high: 127 };

export function operatorParts(operators: Operators, ml: MlKernel): Parts {
  const x = signedBytes(ml, entriesOf(IMAGES), 16);
  const { height, width, ...walk } = WINDOW;
  const weights = operators.packDepthwise(signedBytes(ml, height * width * IMAGES.channels, 17), height, width, 5);
  const [a, b] = [signedBytes(ml, 777, 18), signedBytes(ml, 777, 19)];
  const [xf, yf] = [floats(ml, 780, 20), floats(ml, 780, 21)];
  const acc = Int32Array.from(words(ml, 780, 22));
  const scaling = addScaling({ scale: 0.02, zero: -3 }, { scale: 0.015, zero: 7 }, { scale: 0.03, zero: 3 });
  const tensor = operators.quantiseTensor(xf, 'asymmetric');
  const columns = operators.quantiseColumns(xf, 60, 13, 'symmetric');
  return {
    depthwise: hexOfInts(operators.depthwise(x, IMAGES, weights, walk, -3)),
    'max pool': hexOfBytes(operators.maxPool(x, IMAGES, POOL)),
    'average pool': hexOfBytes(operators.averagePool(x, IMAGES, POOL)),
    'global average': hexOfBytes(operators.globalAverage(x, IMAGES)),
    clamp: hexOfBytes(operators.clamp(a, -7, 99)),
    lookup: hexOfBytes(operators.lookup(a, signedBytes(ml, 256, 23))),
    add: hexOfBytes(operators.add(a, b, scaling, RANGE)),
    'add bias': hexOfInts(operators.addBias(acc, 60, 13, Int32Array.from(words(ml, 13, 24)))),
    'requantise tensor': hexOfBytes(
      operators.requantiseTensor(acc, { bias: -5, multiplier: 2 ** 30 + 12_345, shift: 38 }, RANGE),
    ),
    'f32 element-wise': hexOfFloats(
      Float32Array.of(
        ...operators.addF32(xf, yf),
        ...operators.mulF32(xf, yf),
        ...operators.minF32(xf, yf),
        ...operators.maxF32(xf, yf),
        ...operators.reluF32(xf),
      ),
    ),
    'quantise tensor': hexOfBytes(tensor.values),
    'quantise columns': hexOfBytes(columns.values),
    dequantise: hexOfFloats(operators.dequantise(a, { scale: 0.0371, zero: -9 })),
  };
}
