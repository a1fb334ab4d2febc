/** The shapes of `bench -- hpu`, and operands for them. */
import type { Operands, Shape } from './peers/peer.ts';

const cube = (side: number): Shape => ({ m: side, k: side, n: side });
/** A 3 x 3 convolution of ResNet: m output pixels, k entries of the window, n output channels. */
const convolution = (side: number, channels: number, n: number): Shape => ({
  m: side * side,
  k: 9 * channels,
  n,
  conv: { height: side, width: side, channels },
});

export const HPU_SHAPES: readonly Shape[] = [
  cube(64),
  cube(128),
  cube(256),
  cube(512),
  cube(1024),
  { m: 1, k: 784, n: 128 },
  { m: 32, k: 768, n: 768 },
  convolution(56, 64, 64),
  convolution(14, 256, 256),
];

export function shapeName({ m, k, n, conv }: Shape): string {
  if (conv) return `conv ${m}x${n}x${k}`;
  return m === k && k === n ? `${m}^3` : `${m}x${k}x${n}`;
}

/** From a 32-bit linear congruential stream: the same in every run. */
function bytes(count: number, seed: number): Int8Array {
  let state = seed >>> 0;
  return Int8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

export function operandsOf(shape: Shape): Operands {
  const { m, k, n, conv } = shape;
  const a = bytes(conv ? conv.height * conv.width * conv.channels : m * k, 1);
  const b = bytes(k * n, 2);
  const aF32 = Float32Array.from(a, (value) => value / 128);
  const bF32 = Float32Array.from(b, (value) => value / 128);
  return { shape, a, b, aF32, bF32 };
}
