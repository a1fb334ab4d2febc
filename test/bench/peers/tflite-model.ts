/**
 * TensorFlow Lite models of one int8 operator, by the flatbuffers package. Table slots, enum values and the identifier are those
 * of schema.fbs (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs):
 *
 * - Model: 0 version, 1 operator_codes, 2 subgraphs, 4 buffers, 7 signature_defs. Buffer: 0 data (16-byte aligned).
 * - OperatorCode: 0 deprecated_builtin_code, 2 version, 3 builtin_code.
 * - SubGraph: 0 tensors, 1 inputs, 2 outputs, 3 operators.
 * - Tensor: 0 shape, 1 type, 2 buffer, 3 name, 4 quantization. QuantizationParameters: 2 scale, 3 zero_point.
 * - Operator: 0 opcode_index, 1 inputs, 2 outputs, 3 builtin_options_type, 4 builtin_options.
 * - Conv2DOptions: 0 padding (SAME = 0, the default), 1 stride_w, 2 stride_h. FullyConnectedOptions: all defaults.
 * - SignatureDef: 0 inputs, 1 outputs, 2 signature_key, 4 subgraph_index. TensorMap: 0 name, 1 tensor_index.
 */
import { bytesOf } from './layout.ts';

/** What is used of flatbuffers' Builder. Numbers that it returns are offsets. */
export interface FlatBuilder {
  startObject(slots: number): void;
  endObject(): number;
  addFieldInt8(slot: number, value: number, otherwise: number): void;
  addFieldInt32(slot: number, value: number, otherwise: number): void;
  addFieldOffset(slot: number, value: number, otherwise: number): void;
  createString(value: string): number;
  startVector(elementBytes: number, count: number, alignment: number): void;
  addInt32(value: number): void;
  addInt64(value: bigint): void;
  addFloat32(value: number): void;
  addOffset(value: number): void;
  endVector(): number;
  createByteVector(bytes: Uint8Array): number;
  prep(size: number, additionalBytes: number): void;
  finish(root: number, identifier: string): void;
  asUint8Array(): Uint8Array;
}

const TENSOR_TYPE = { int32: 2, int8: 9 } as const;

/** BuiltinOperator, the version that takes int8, and the BuiltinOptions member. */
const OPERATORS = {
  CONV_2D: { code: 3, version: 3, options: 1 },
  FULLY_CONNECTED: { code: 9, version: 4, options: 8 },
} as const;

const SCHEMA_VERSION = 3;
const BUFFER_ALIGNMENT = 16;

export interface TfliteTensor {
  readonly name: string;
  readonly type: keyof typeof TENSOR_TYPE;
  readonly shape: readonly number[];
  readonly scale: number;
  /** Of a constant. */
  readonly values?: Int8Array | Int32Array;
}

/** The bytes of a model whose tensors are [input, weights, bias, output] of `operator`, signature `product`. */
export function tfliteModel(
  builder: FlatBuilder,
  operator: keyof typeof OPERATORS,
  tensors: readonly [TfliteTensor, TfliteTensor, TfliteTensor, TfliteTensor],
): Uint8Array {
  const { code, version } = OPERATORS[operator];
  // Buffer 0 is the empty one, of tensors without values; tensor i has buffer i + 1.
  const buffers = [undefined, ...tensors.map((tensor) => tensor.values)].map((values) => bufferTable(builder, values));
  const opcode = table(builder, 4, () => {
    builder.addFieldInt8(0, code, 0);
    builder.addFieldInt32(2, version, 1);
    builder.addFieldInt32(3, code, 0);
  });
  const subgraph = subgraphTable(builder, operator, tensors);
  const signature = signatureTable(builder, tensors[0].name, tensors[3].name);
  const codes = offsets(builder, [opcode]);
  const subgraphs = offsets(builder, [subgraph]);
  const bufferList = offsets(builder, buffers);
  const signatures = offsets(builder, [signature]);
  const model = table(builder, 8, () => {
    builder.addFieldInt32(0, SCHEMA_VERSION, 0);
    builder.addFieldOffset(1, codes, 0);
    builder.addFieldOffset(2, subgraphs, 0);
    builder.addFieldOffset(4, bufferList, 0);
    builder.addFieldOffset(7, signatures, 0);
  });
  builder.finish(model, 'TFL3');
  return builder.asUint8Array();
}

function subgraphTable(
  builder: FlatBuilder,
  operator: keyof typeof OPERATORS,
  tensors: readonly TfliteTensor[],
): number {
  const tensorList = offsets(
    builder,
    tensors.map((tensor, index) => tensorTable(builder, tensor, tensor.values ? index + 1 : 0)),
  );
  const operators = offsets(builder, [operatorTable(builder, operator)]);
  const inputs = int32s(builder, [0]);
  const outputs = int32s(builder, [3]);
  return table(builder, 5, () => {
    builder.addFieldOffset(0, tensorList, 0);
    builder.addFieldOffset(1, inputs, 0);
    builder.addFieldOffset(2, outputs, 0);
    builder.addFieldOffset(3, operators, 0);
  });
}

function operatorTable(builder: FlatBuilder, operator: keyof typeof OPERATORS): number {
  const options = table(builder, 6, () => {
    if (operator === 'FULLY_CONNECTED') return;
    builder.addFieldInt32(1, 1, 0);
    builder.addFieldInt32(2, 1, 0);
  });
  const inputs = int32s(builder, [0, 1, 2]);
  const outputs = int32s(builder, [3]);
  return table(builder, 5, () => {
    builder.addFieldOffset(1, inputs, 0);
    builder.addFieldOffset(2, outputs, 0);
    builder.addFieldInt8(3, OPERATORS[operator].options, 0);
    builder.addFieldOffset(4, options, 0);
  });
}

function tensorTable(builder: FlatBuilder, tensor: TfliteTensor, buffer: number): number {
  const name = builder.createString(tensor.name);
  const shape = int32s(builder, tensor.shape);
  builder.startVector(4, 1, 4);
  builder.addFloat32(tensor.scale);
  const scales = builder.endVector();
  builder.startVector(8, 1, 8);
  builder.addInt64(0n);
  const zeroPoints = builder.endVector();
  const quantisation = table(builder, 7, () => {
    builder.addFieldOffset(2, scales, 0);
    builder.addFieldOffset(3, zeroPoints, 0);
  });
  return table(builder, 5, () => {
    builder.addFieldOffset(0, shape, 0);
    builder.addFieldInt8(1, TENSOR_TYPE[tensor.type], 0);
    builder.addFieldInt32(2, buffer, 0);
    builder.addFieldOffset(3, name, 0);
    builder.addFieldOffset(4, quantisation, 0);
  });
}

function signatureTable(builder: FlatBuilder, input: string, output: string): number {
  const tensorMap = (name: string, index: number): number => {
    const text = builder.createString(name);
    return table(builder, 2, () => {
      builder.addFieldOffset(0, text, 0);
      builder.addFieldInt32(1, index, 0);
    });
  };
  const key = builder.createString('product');
  const inputs = offsets(builder, [tensorMap(input, 0)]);
  const outputs = offsets(builder, [tensorMap(output, 3)]);
  return table(builder, 5, () => {
    builder.addFieldOffset(0, inputs, 0);
    builder.addFieldOffset(1, outputs, 0);
    builder.addFieldOffset(2, key, 0);
  });
}

function bufferTable(builder: FlatBuilder, values: Int8Array | Int32Array | undefined): number {
  if (!values) return table(builder, 1, () => {});
  // Padding now for what createByteVector writes next makes the elements, not the length before them, aligned.
  builder.prep(BUFFER_ALIGNMENT, values.byteLength);
  const elements = builder.createByteVector(bytesOf(values));
  return table(builder, 1, () => builder.addFieldOffset(0, elements, 0));
}

function table(builder: FlatBuilder, slots: number, fill: () => void): number {
  builder.startObject(slots);
  fill();
  return builder.endObject();
}

/** Vectors are written back to front. */
function offsets(builder: FlatBuilder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addOffset(value);
  return builder.endVector();
}

function int32s(builder: FlatBuilder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addInt32(value);
  return builder.endVector();
}
