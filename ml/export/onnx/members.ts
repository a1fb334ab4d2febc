/** A member of a bundle as nodes, whichever family it is of. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import type { BundleMember } from '../../bundle/bundle.ts';
import { decodeClusters } from '../../trainers/kmeans/model.ts';
import { decodeLinear } from '../../trainers/linear/model.ts';
import { decodeInt8Network, isInt8Network } from '../../trainers/network/int8-model.ts';
import { decodeNetwork } from '../../trainers/network/model.ts';
import { decodeForest } from '../../trainers/trees/decoded.ts';
import { clusterOutputs } from './clusters.ts';
import { forestOutputs } from './forest.ts';
import type { OnnxGraph, Value } from './graph.ts';
import { int8Outputs } from './int8.ts';
import { linearOutputs } from './linear.ts';
import { networkOutputs } from './network.ts';

/** Nodes of a member's trees and weights of their leaves: ONNX takes some 30 bytes for a node, and a reader more. */
export const TREE_ENTRIES_MAX = 1 << 22;

/** Adds the member's nodes to a graph behind the matrix `x` of its view. Gives double [rows, outputs]. */
export type AddMember = (graph: OnnxGraph, x: Value) => Value;

/** result_mismatch for a model that is none of its family's; export_unsupported for one that ONNX can't hold. */
export function memberNodes({ family, model }: Pick<BundleMember, 'family' | 'model'>): Result<AddMember> {
  switch (family) {
    case 'ridge':
    case 'logistic': {
      const linear = decodeLinear(model);
      return linear.ok ? ok((graph, x) => linearOutputs(graph, x, linear.value)) : linear;
    }
    case 'extraTrees':
    case 'randomForest':
    case 'boost': {
      const forest = decodeForest(model);
      if (!forest.ok) return forest;
      const entries = forest.value.trees.reduce((sum, { leaf, column }) => sum + leaf.length + column.length, 0);
      if (entries > TREE_ENTRIES_MAX) {
        return fail('export_unsupported', `${family}: ${entries} tree entries, ${TREE_ENTRIES_MAX} at most`);
      }
      return ok((graph, x) => forestOutputs(graph, x, forest.value));
    }
    case 'mlp':
    case 'cnn': {
      if (family === 'mlp' && isInt8Network(model)) return int8Nodes(model);
      const network = decodeNetwork(model);
      return network.ok ? ok((graph, x) => networkOutputs(graph, x, network.value)) : network;
    }
    case 'kmeans': {
      const clusters = decodeClusters(model);
      return clusters.ok ? ok((graph, x) => clusterOutputs(graph, x, clusters.value)) : clusters;
    }
  }
}

function int8Nodes(model: Uint8Array): Result<AddMember> {
  const network = decodeInt8Network(model);
  return network.ok ? ok((graph, x) => int8Outputs(graph, x, network.value)) : network;
}
