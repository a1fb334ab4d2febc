/** The oracle: onnxruntime scores rows by an exported model. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { OnnxFeed } from '../../../../ml/export/onnx/feeds.ts';

const TYPES = { float: 'float32', double: 'float64', uint8: 'uint8', string: 'string' } as const;

/** Every output by its name, as numbers or texts in row-major order. */
export async function scoreOnnx(
  model: Uint8Array,
  feeds: readonly OnnxFeed[],
): Promise<Record<string, readonly (number | string)[]>> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const tensors = feeds.map(({ name, type, dims, values }) => [name, new Tensor(TYPES[type], values, dims)]);
  const outputs = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [
      name,
      Array.from(data as ArrayLike<number | bigint | string>, (value) =>
        typeof value === 'bigint' ? Number(value) : value,
      ),
    ]),
  );
}
