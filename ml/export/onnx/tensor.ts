/** Constant tensors: little-endian raw data, whatever the host; texts one by one. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { ByteWriter } from '../../bytes.ts';
import { TensorProto_DataType, type TensorProtoSchema } from './onnx_pb.js';

/** Element types that our graphs use, by their names in ONNX. */
export const ELEMENT = {
  float: TensorProto_DataType.FLOAT,
  double: TensorProto_DataType.DOUBLE,
  int64: TensorProto_DataType.INT64,
  uint8: TensorProto_DataType.UINT8,
  int8: TensorProto_DataType.INT8,
  string: TensorProto_DataType.STRING,
} as const;
export type ElementType = keyof typeof ELEMENT;

/** Row-major. `dims` empty: a scalar. */
export type OnnxTensor = {
  readonly dims: readonly number[];
} & (
  | { readonly type: 'float'; readonly values: ArrayLike<number> }
  | { readonly type: 'double'; readonly values: ArrayLike<number> }
  | { readonly type: 'int8'; readonly values: Int8Array }
  | { readonly type: 'int64'; readonly values: ArrayLike<number | bigint> }
  | { readonly type: 'string'; readonly values: readonly string[] }
);

/** Shorthands of doubles: `number` has no dimensions, `row` is [1, count]. */
export const number = (value: number): OnnxTensor => ({ type: 'double', dims: [], values: [value] });
export const row = (values: ArrayLike<number>): OnnxTensor => ({
  type: 'double',
  dims: [1, values.length],
  values,
});
export const shape = (...values: number[]): OnnxTensor => ({ type: 'int64', dims: [values.length], values });

const utf8 = new TextEncoder();

/** Throws when the values don't fill the dimensions: a fault of the graph's builder. */
export function tensorOf(tensor: OnnxTensor, name: string): MessageInitShape<typeof TensorProtoSchema> {
  const count = tensor.dims.reduce((product, dim) => product * dim, 1);
  if (count !== tensor.values.length) throw new RangeError(`${name}: ${tensor.values.length} values for ${count}`);
  const head = { name, dims: tensor.dims.map(BigInt), dataType: ELEMENT[tensor.type] };
  switch (tensor.type) {
    case 'float':
      return { ...head, rawData: new ByteWriter(4 * count).f32s(Float32Array.from(tensor.values)).finish() };
    case 'double':
      return { ...head, rawData: new ByteWriter(8 * count).f64s(Float64Array.from(tensor.values)).finish() };
    case 'int8':
      return { ...head, rawData: new ByteWriter(count).bytes(tensor.values).finish() };
    case 'int64': {
      const writer = new ByteWriter(8 * count);
      for (let i = 0; i < count; i++) writer.u64(BigInt.asUintN(64, BigInt(tensor.values[i] as number | bigint)));
      return { ...head, rawData: writer.finish() };
    }
    case 'string':
      return { ...head, stringData: tensor.values.map((text) => utf8.encode(text)) };
  }
}
