/** Samples and comparisons of the operator tests. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { loadKernel } from '../../../hpu/node.ts';
import { createOperators } from '../../../hpu/operators/operators.ts';
import type { ImageShape, Window } from '../../../hpu/operators/window.ts';

export const operators = createOperators(loadKernel('operators'));

/** A 32-bit linear congruential stream, so that a failing shape is reproduced by its seed alone. */
export function randomWords(count: number, seed: number): Int32Array {
  const words = new Int32Array(count);
  let state = seed >>> 0;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[i] = state ^ (state >>> 15);
  }
  return words;
}

/** int8 of which every fourth or so is an extreme. */
export function randomInt8(count: number, seed: number): Int8Array {
  const words = randomWords(count, seed);
  const values = new Int8Array(count);
  for (let i = 0; i < count; i++) {
    const word = words[i] as number;
    const pick = (word >>> 8) & 7;
    values[i] = pick === 0 ? -128 : pick === 1 ? 127 : word;
  }
  return values;
}

/** Bitwise; toEqual walks large arrays slowly. */
export function expectSame(
  actual: Int8Array | Int32Array | Float32Array,
  expected: Int8Array | Int32Array | Float32Array,
): void {
  expect(actual.length).toBe(expected.length);
  const [a, b] = [actual, expected].map((x) => new Uint8Array(x.buffer, x.byteOffset, x.byteLength)) as [
    Uint8Array,
    Uint8Array,
  ];
  const at = a.findIndex((x, i) => x !== b[i]);
  const entry = Math.floor(at / actual.BYTES_PER_ELEMENT);
  expect(at < 0 ? 'same' : `entry ${entry}: ${actual[entry]} for ${expected[entry]}`).toBe('same');
}

export type Case = { readonly shape: ImageShape; readonly window: Window; readonly seed: number };

/** Images with windows that can walk them; strides beyond the window and windows as large as the image are frequent. */
export function cases(channelsMax: number, dilationMax: number): fc.Arbitrary<Case> {
  const size = fc.integer({ min: 1, max: 9 });
  const pair = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }));
  return fc
    .record({
      shape: fc.record({
        images: fc.integer({ min: 0, max: 2 }),
        height: size,
        width: size,
        channels: fc.integer({ min: 0, max: channelsMax }),
      }),
      taps: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
      stride: pair,
      dilation: fc.tuple(fc.integer({ min: 1, max: dilationMax }), fc.integer({ min: 1, max: dilationMax })),
      padding: fc.tuple(fc.nat(8), fc.nat(8), fc.nat(8), fc.nat(8)),
      seed: fc.nat(),
    })
    .map(({ shape, taps: [height, width], stride, dilation, padding, seed }) => {
      const reachY = (height - 1) * dilation[0] + 1;
      const reachX = (width - 1) * dilation[1] + 1;
      const [top, bottom, left, right] = padding;
      return {
        shape: {
          ...shape,
          height: Math.max(shape.height, reachY - (top % reachY) - (bottom % reachY)),
          width: Math.max(shape.width, reachX - (left % reachX) - (right % reachX)),
        },
        window: {
          height,
          width,
          stride,
          dilation,
          padding: { top: top % reachY, bottom: bottom % reachY, left: left % reachX, right: right % reachX },
        },
        seed,
      };
    });
}
