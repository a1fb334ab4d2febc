import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { attributeOf, type OnnxAttribute } from '../../../../ml/export/onnx/attribute.ts';
import { OnnxGraph } from '../../../../ml/export/onnx/graph.ts';
import { AttributeProtoSchema, ModelProtoSchema } from '../../../../ml/export/onnx/onnx_pb.js';
import { tensorOf } from '../../../../ml/export/onnx/tensor.ts';

/** What a reader of protocol buffers makes of the attribute. */
const readBack = (attribute: OnnxAttribute) =>
  fromBinary(AttributeProtoSchema, toBinary(AttributeProtoSchema, attributeOf('a', attribute)));

describe('an attribute', () => {
  it('is read back as it was given, also where its bytes are laid out by us', () => {
    const ints = [0, 1, 127, 128, 16383, 16384, 2 ** 31 - 1];
    expect(readBack({ ints }).ints).toEqual(ints.map(BigInt));
    expect(readBack({ floats: [0.5, -3e38, Number.NaN] }).floats).toEqual([Math.fround(0.5), Math.fround(-3e38), NaN]);
    const texts = ['LEAF', '', '北京', 'LEAF', 'x'.repeat(300)];
    expect(readBack({ texts }).strings.map((bytes) => new TextDecoder().decode(bytes))).toEqual(texts);
    expect(readBack({ int: -1 }).i).toBe(-1n);
    expect(readBack({ float: 0.25 }).f).toBe(0.25);
  });

  it('may be an empty list', () => {
    expect(readBack({ ints: [] }).ints).toEqual([]);
    expect(readBack({ texts: [] }).strings).toEqual([]);
    expect(toBinary(AttributeProtoSchema, attributeOf('a', { floats: [] }))).toEqual(
      toBinary(AttributeProtoSchema, create(AttributeProtoSchema, { name: 'a', type: 6 })),
    );
  });
});

describe('a graph', () => {
  it('names nothing twice: a column may be called like an operator or an output', () => {
    const graph = new OnnxGraph();
    const x = graph.input('Identity_0', 'float', ['rows', 1]);
    const y = graph.add('Identity', [graph.add('Identity', [x])]);
    graph.output('Identity_1', y, 'float', ['rows', 1]);
    const { node } = fromBinary(ModelProtoSchema, graph.finish('names', {})).graph ?? { node: [] };
    expect(node.flatMap(({ input, output }) => [...input, ...output])).toEqual([
      ...['Identity_0', 'Identity_0_'],
      ...['Identity_0_', 'Identity_1'],
      ...['Identity_1', 'Identity_1_'],
    ]);
  });

  it('throws for a constant whose values do not fill it', () => {
    expect(() => tensorOf({ type: 'float', dims: [2, 3], values: [1, 2, 3, 4, 5] }, 'c')).toThrow('5 values for 6');
  });
});
