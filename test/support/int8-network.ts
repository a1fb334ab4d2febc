/** One network of each task, quantised and asked: what comes out on every host. Its weights are made here, not learned. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { Meter } from '../../ml/meter.ts';
import type { TrainerKernels } from '../../ml/trainers/kernels.ts';
import { mlpTrainer } from '../../ml/trainers/network/mlp.ts';
import { encodeNetwork } from '../../ml/trainers/network/model.ts';
import { layoutOf, tensorSizes } from '../../ml/trainers/network/shape.ts';
import type { Result } from '../../protocol/errors.ts';

function chosen<T>(result: Result<T> | undefined): T {
  if (!result?.ok) throw new Error(result?.evidence ?? 'no int8 form');
  return result.value;
}

/** SHA-256 of the model and of its predictions of 300 rows, and all metered cycles. */
function part(kernels: TrainerKernels, classes: number): readonly string[] {
  const shape = { input: { height: 1, width: 1, channels: 13 }, filters: [], widths: [24, 9, classes || 1] };
  const tensors = tensorSizes(layoutOf(shape)).map((size, t) =>
    Float32Array.from({ length: size }, (_, i) => (((i * 37 + t * 5) % 23) - 11) / 17),
  );
  const target = classes > 0 ? { mean: 0, scale: 1 } : { mean: 70, scale: 3 };
  const model = encodeNetwork({ shape, classes, ...target, tensors });
  const x = Float32Array.from({ length: 300 * 13 }, (_, i) => (((i * 7919) % 1201) - 600) / 177);
  const meter = new Meter();
  const int8 = chosen(mlpTrainer.quantise?.(kernels, model, { rows: 300, cols: 13, x }, meter));
  const predicted = chosen(mlpTrainer.decode(int8)).predict(kernels, { rows: 300, cols: 13, x }, meter);
  const hex = (bytes: Uint8Array): string => bytesToHex(sha256(bytes));
  return [hex(int8), hex(new Uint8Array(predicted.buffer)), meter.cycles.toString()];
}

export const int8Parts = (kernels: TrainerKernels) => ({ classes: part(kernels, 4), values: part(kernels, 0) });

/** Node, workerd and browsers alike. */
export const INT8_PARTS = {
  classes: [
    'fd18fff407a6ab3524676f823c8e7d9d23250e8bcd18050dc46de3c9292b8724',
    '57ffa7f9da675278522a4532ea0adf059f971eff6ba58fd3b509e95216a7f0a2',
    '12250',
  ],
  values: [
    '22d00570a847eaabd3116399fb30d26a06798db5e7870f0ad9ab7de8101c6202',
    '9a3941ac353c36f20ca4c2d7a48ddeb097f666e50d00e0c5cefb92373f47273d',
    '12044',
  ],
};
