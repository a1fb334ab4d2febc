/** A network's layers as nodes, in floats. Its inputs need no clamp: an encoder's numbers are far within the bound. */
import { layersOf, type Network, type NetworkLayer } from '../../trainers/network/model.ts';
import type { OnnxGraph, Value } from './graph.ts';
import { affine, cast, flat } from './operators.ts';
import { shape } from './tensor.ts';

/** `x`: float [rows, height x width x channels]. Gives double [rows, outputs]: probabilities, or values. */
export function networkOutputs(graph: OnnxGraph, x: Value, network: Network): Value {
  const layers = layersOf(network);
  const convolutions = layers.filter((layer) => layer.kind === 'convolution');
  let values = convolutions.length > 0 ? convolved(graph, x, network, convolutions) : x;
  for (const layer of layers) if (layer.kind === 'dense') values = dense(graph, values, layer);
  if (network.classes === 0) return affine(graph, cast(graph, values, 'double'), network.scale, network.mean);
  return cast(graph, graph.add('Softmax', [values], { axis: { int: -1 } }), 'double');
}

function dense(graph: OnnxGraph, x: Value, layer: NetworkLayer & { kind: 'dense' }): Value {
  const { inputs, outputs, weights, bias, relu } = layer;
  const product = graph.add('Gemm', [
    x,
    graph.constant({ type: 'float', dims: [inputs, outputs], values: weights }),
    graph.constant({ type: 'float', dims: [outputs], values: bias }),
  ]);
  return relu ? graph.add('Relu', [product]) : product;
}

type Convolution = NetworkLayer & { kind: 'convolution' };

/** ONNX has channels before height and width; ours come last, in images and in what is flattened from them. */
function convolved(graph: OnnxGraph, x: Value, network: Network, layers: readonly Convolution[]): Value {
  const { height, width, channels } = network.shape.input;
  const images = graph.add('Reshape', [x, graph.constant(shape(-1, height, width, channels))]);
  let values = graph.add('Transpose', [images], { perm: { ints: [0, 3, 1, 2] } });
  for (const layer of layers) values = convolution(graph, values, layer);
  const last = layers.at(-1) as Convolution;
  const size = (last.image.height >> 1) * (last.image.width >> 1) * last.filters;
  return flat(graph, graph.add('Transpose', [values], { perm: { ints: [0, 2, 3, 1] } }), size);
}

function convolution(graph: OnnxGraph, x: Value, { image, filters, weights, bias }: Convolution): Value {
  const sums = graph.add(
    'Conv',
    [
      x,
      graph.constant({
        type: 'float',
        dims: [filters, image.channels, 3, 3],
        values: filtersFirst(weights, image.channels, filters),
      }),
      graph.constant({ type: 'float', dims: [filters], values: bias }),
    ],
    { kernel_shape: { ints: [3, 3] }, pads: { ints: [1, 1, 1, 1] } },
  );
  const positive = graph.add('Relu', [sums]);
  return graph.add('MaxPool', [positive], { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } });
}

/** 3 x 3 x channels x filters to filters x channels x 3 x 3. */
function filtersFirst(weights: Float32Array, channels: number, filters: number): Float32Array {
  return Float32Array.from({ length: weights.length }, (_, i) => {
    const [tap, rest] = [i % 9, Math.floor(i / 9)];
    const [channel, filter] = [rest % channels, Math.floor(rest / channels)];
    return weights[(tap * channels + channel) * filters + filter] as number;
  });
}
