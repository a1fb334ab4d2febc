/** An exported model scored by onnxruntime, which knows nothing of us. */
import type { InferenceSession } from 'onnxruntime-node';
import type { Table } from '../../ml/table/table.ts';

/**
 * Row-major probabilities, or values: the feeds are those that ml/export/onnx/inputs.ts documents. The runtime is an optional
 * dependency: it throws where this machine has none.
 */
export async function scoreWithOnnxruntime(
  model: Uint8Array,
  { rows, features }: Table,
): Promise<Float32Array | Float64Array> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const feeds: Record<string, InferenceSession.OnnxValueMapType[string]> = {};
  if (features.kind === 'images') throw new RangeError('the demo has no images');
  for (const column of features.columns) {
    const dims = [rows, 1];
    if (column.kind === 'number') feeds[column.name] = new Tensor('float32', column.values, dims);
    else if (column.kind === 'date') feeds[column.name] = new Tensor('float64', column.days, dims);
    else {
      const texts = Array.from(column.codes, (code) => column.categories[code] ?? '');
      feeds[column.name] = new Tensor('string', texts, dims);
    }
  }
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const outputs = await session.run(feeds);
  await session.release();
  return (outputs.probabilities ?? outputs.value)?.data as Float32Array | Float64Array;
}
