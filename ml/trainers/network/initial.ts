/** The weights that a fit starts from. */
import type { FitKey } from '../trainer.ts';
import { eachWords, PURPOSE } from './feed.ts';
import type { NetworkKernel } from './kernel.ts';
import { WORDS_AT_ONCE } from './params.ts';
import { type Layout, tensorSizes } from './shape.ts';

/** He's uniform initialisation, and Glorot's for the layer without a ReLU. */
export function initialTensors(kernel: NetworkKernel, layout: Layout, key: FitKey): Float32Array[] {
  const fans = [
    ...layout.convolutions.map(({ channels, filters }) => [9 * channels, filters] as const),
    ...layout.dense.map(({ inputs, outputs }) => [inputs, outputs] as const),
  ];
  const at = kernel.arena.take(WORDS_AT_ONCE * 4);
  return tensorSizes(layout).map((size, i) => {
    const tensor = new Float32Array(size);
    if (i % 2 === 1) return tensor;
    const [inputs, outputs] = fans[i / 2] as readonly [number, number];
    const limit = Math.sqrt(6 / (i / 2 + 1 === fans.length ? inputs + outputs : inputs));
    eachWords(kernel, at, size, i, PURPOSE.weights, key, (from, count) => {
      kernel.wasm.symmetric(at, count, limit);
      tensor.set(kernel.arena.float32(at, count), from);
    });
    return tensor;
  });
}
