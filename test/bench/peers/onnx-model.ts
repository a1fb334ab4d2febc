/**
 * ONNX models of one node, written field by field. Field numbers of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto):
 *
 * - ModelProto: 1 ir_version, 7 graph, 8 opset_import. OperatorSetIdProto: 1 domain, 2 version.
 * - GraphProto: 1 node, 2 name, 5 initializer, 11 input, 12 output.
 * - NodeProto: 1 input, 2 output, 4 op_type, 5 attribute, 7 domain. AttributeProto: 1 name, 3 i, 8 ints, 20 type.
 * - TensorProto: 1 dims, 2 data_type, 8 name, 9 raw_data (little-endian).
 * - ValueInfoProto: 1 name, 2 type. TypeProto: 1 tensor_type (1 elem_type, 2 shape). TensorShapeProto: 1 dim (1 dim_value).
 */
import { bytesOf } from './layout.ts';
import { bytes, integer, message, text } from './protobuf.ts';

/** TensorProto.DataType. */
export const ONNX_TYPE = { float32: 1, uint8: 2, int8: 3, int32: 6 } as const;
export type OnnxType = keyof typeof ONNX_TYPE;

/** IR 7 and operator set 13 are from one release (ONNX 1.8) and know every operator used here. */
const IR_VERSION = 7;
const OPERATOR_SET = 13;

/** AttributeProto.AttributeType. */
const INT = 2;
const INTS = 7;

export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
}

export interface OnnxConstant extends OnnxValue {
  readonly values: Int8Array | Uint8Array | Int32Array | Float32Array;
}

export interface OnnxNode {
  readonly operator: string;
  /** Empty for the standard operators. */
  readonly domain?: string;
  /** Names of the node's inputs in its own order: the model's input `input` and the constants. */
  readonly inputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** The bytes of a model with one node, one input named `input` and one output named `output`. */
export function onnxModel(
  node: OnnxNode,
  input: OnnxValue,
  constants: readonly OnnxConstant[],
  output: OnnxValue,
): Uint8Array {
  const graph = message(
    bytes(1, nodeProto(node)),
    text(2, 'product'),
    ...constants.map((constant) => bytes(5, tensorProto(constant))),
    bytes(11, valueInfo(input)),
    bytes(12, valueInfo(output)),
  );
  const domains = [['', OPERATOR_SET] as const, ...(node.domain ? [[node.domain, 1] as const] : [])];
  return message(
    integer(1, IR_VERSION),
    bytes(7, graph),
    ...domains.map(([domain, version]) => bytes(8, text(1, domain), integer(2, version))),
  );
}

const nodeProto = (node: OnnxNode): Uint8Array =>
  message(
    ...node.inputs.map((name) => text(1, name)),
    text(2, 'output'),
    text(4, node.operator),
    ...Object.entries(node.attributes ?? {}).map(([name, value]) => bytes(5, attributeProto(name, value))),
    text(7, node.domain ?? ''),
  );

const attributeProto = (name: string, value: number | readonly number[]): Uint8Array =>
  typeof value === 'number'
    ? message(text(1, name), integer(3, value), integer(20, INT))
    : message(text(1, name), ...value.map((item) => integer(8, item)), integer(20, INTS));

const tensorProto = (constant: OnnxConstant): Uint8Array =>
  message(
    ...constant.dims.map((dim) => integer(1, dim)),
    integer(2, ONNX_TYPE[constant.type]),
    text(8, constant.name),
    bytes(9, bytesOf(constant.values)),
  );

const valueInfo = (value: OnnxValue): Uint8Array => {
  const shape = message(...value.dims.map((dim) => bytes(1, integer(1, dim))));
  return message(text(1, value.name), bytes(2, bytes(1, integer(1, ONNX_TYPE[value.type]), bytes(2, shape))));
};
