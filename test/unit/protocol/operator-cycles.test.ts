import { expect, it } from 'vitest';
import { gemmCycles, LANE_OPS, vectorCycles } from '../../../protocol/cycles.ts';
import { averagePoolCycles, conv2dCycles, depthwiseCycles, maxPoolCycles } from '../../../protocol/operator-cycles.ts';

it('prices a convolution as its product: a 3 x 3 layer of ResNet over 56 x 56 pixels', () => {
  expect(conv2dCycles(3136, 576, 64)).toBe(gemmCycles(3136, 576, 64));
  expect(conv2dCycles(3136, 576, 64)).toBe(256n + 2n * 3136n + 3136n + 256n + 256n - 2n);
});

it.each([
  ['depthwise 3 x 3 over 112 x 112 x 32', depthwiseCycles(112 * 112 * 32, 9), 1568n * 18n],
  ['a started group of lanes', depthwiseCycles(257, 1), 2n * 2n],
  ['max pool 2 x 2', maxPoolCycles(1024, 4), 4n * 4n],
  ['average pool 7 x 7', averagePoolCycles(512, 49), 2n * 53n],
  ['nothing', averagePoolCycles(0, 9), 0n],
  ['an int8 sum of two tensors', vectorCycles(256, LANE_OPS.addInt8), 10n],
  ['a table', vectorCycles(1000, LANE_OPS.lookup), 4n],
  ['a clamp', vectorCycles(256, LANE_OPS.clamp), 2n],
  ['back to floats', vectorCycles(256, LANE_OPS.dequantise), 2n],
  ['f32 element-wise', vectorCycles(256, LANE_OPS.floatElement), 1n],
])('prices %s by counted operations', (_name, cycles, expected) => {
  expect(cycles).toBe(expected);
});

it.each([-1, 0.5, Number.NaN])('refuses %d as a number of outputs or taps', (count) => {
  expect(() => maxPoolCycles(count, 4)).toThrow(RangeError);
  expect(() => depthwiseCycles(4, count)).toThrow(RangeError);
});
