/**
 * A model of trees, in canonical bytes, little-endian:
 *
 *   "HTM1", u32 kind, cols, outputs, trees, f64 base, f64 scale, f32 offsets[outputs], f32 gains[cols], u16 categories[cols], nodes
 *
 * `nodes` as encodeNodes has them: preorder, tree after tree. A prediction of kind
 *
 *   shares    mean over the trees of their leaves' class shares;
 *   mean      base + scale * mean over the trees of their leaves' values;
 *   sum       base + scale * margin, the margin being the sum over the trees of leaf values, in f32 and in their order;
 *   logistic  1 / (1 + e^-margin) is the second class's probability, the margin beginning with offsets[0];
 *   softmax   softmax of the margins, tree t adding to that of class t mod outputs.
 *
 * Rows go left where x <= threshold in the first two (as scikit-learn's forests), x < threshold in the others (as XGBoost).
 */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { ByteReader, ByteWriter } from '../../bytes.ts';
import { decodeNodes, encodeNodes, KIND, type Nodes, SUBSET_BYTES } from './grown.ts';
import { boundsFault } from './model-bounds.ts';

export const MODEL_KINDS = ['shares', 'mean', 'sum', 'logistic', 'softmax'] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

export interface TreeModel {
  readonly kind: ModelKind;
  readonly cols: number;
  /** Classes, or 1. */
  readonly outputs: number;
  readonly trees: number;
  /** Of values. */
  readonly base: number;
  readonly scale: number;
  /** First margins of each output. */
  readonly offsets: Float32Array;
  /** Gain of each column's splits, summing to 1 unless nothing was split. */
  readonly gains: Float32Array;
  /** Categories of each column, 0 for numbers. */
  readonly categories: Uint16Array;
  readonly nodes: Nodes;
}

const MAGIC = 'HTM1';
const HEADER_BYTES = 4 + 4 * 4 + 2 * 8;
const COLUMNS_MAX = 1 << 16;

export const isBoosted = (kind: ModelKind): boolean => kind === 'sum' || kind === 'logistic' || kind === 'softmax';

export function encodeTreeModel(model: TreeModel): Uint8Array {
  const { kind, cols, outputs, trees, base, scale, offsets, gains, categories } = model;
  const nodes = encodeNodes(model.nodes);
  const counts = new Uint8Array(cols * 2);
  categories.forEach((count, c) => {
    counts[2 * c] = count & 0xff;
    counts[2 * c + 1] = count >> 8;
  });
  return new ByteWriter(HEADER_BYTES + outputs * 4 + cols * 6 + nodes.length)
    .magic(MAGIC)
    .u32(MODEL_KINDS.indexOf(kind), cols, outputs, trees)
    .f64s([base, scale])
    .f32s(offsets)
    .f32s(gains)
    .bytes(counts)
    .bytes(nodes)
    .finish();
}

/** result_mismatch for bytes that are not a model, or not the canonical ones. */
export function decodeTreeModel(bytes: Uint8Array): Result<TreeModel> {
  try {
    const model = readModel(new ByteReader(bytes));
    const fault = modelFault(model);
    return fault === undefined ? ok(model) : fail('result_mismatch', fault);
  } catch (error) {
    if (error instanceof RangeError) return fail('result_mismatch', `not a model of trees: ${error.message}`);
    throw error;
  }
}

function readModel(reader: ByteReader): TreeModel {
  if (reader.left < HEADER_BYTES || reader.magic() !== MAGIC) throw new RangeError('another magic');
  const kind = MODEL_KINDS[reader.u32()];
  const [cols, outputs, trees] = [reader.u32(), reader.u32(), reader.u32()];
  if (kind === undefined) throw new RangeError('another kind');
  if (cols < 1 || cols > COLUMNS_MAX || outputs < 1 || outputs > COLUMNS_MAX)
    throw new RangeError('shape out of range');
  const [base, scale] = reader.f64s(2) as unknown as [number, number];
  const offsets = reader.f32s(outputs);
  const gains = reader.f32s(cols);
  const counts = reader.bytes(cols * 2);
  const categories = Uint16Array.from(
    { length: cols },
    (_, c) => (counts[2 * c] as number) + 256 * (counts[2 * c + 1] as number),
  );
  return { kind, cols, outputs, trees, base, scale, offsets, gains, categories, nodes: decodeNodes(reader) };
}

const allFinite = (values: Float32Array): boolean => values.every(Number.isFinite);

function modelFault(model: TreeModel): string | undefined {
  const { kind, outputs, nodes } = model;
  if (!Number.isFinite(model.base) || !Number.isFinite(model.scale)) return 'a base that is not finite';
  if (!allFinite(model.offsets) || !allFinite(model.gains)) return 'a number that is not finite';
  if (!allFinite(nodes.thresholds) || !allFinite(nodes.values)) return 'a node that is not finite';
  if ((kind === 'mean' || kind === 'sum') && outputs !== 1) return 'values with more than one output';
  if (kind === 'logistic' && outputs !== 2) return 'a logistic model of other than two classes';
  if (kind === 'softmax' && model.trees % outputs !== 0) return 'an unfinished round';
  return countsFault(model) ?? shapeFault(model) ?? leavesFault(model) ?? boundsFault(model);
}

/** Each kind of node must have what it holds, no more and no less. */
function countsFault({ kind, outputs, nodes }: TreeModel): string | undefined {
  let [leaves, splits, subsets] = [0, 0, 0];
  for (const own of nodes.kinds) {
    if (own === KIND.leaf) leaves++;
    else if (own === KIND.split || own === KIND.split + 1) splits++;
    else if (own === KIND.subset || own === KIND.subset + 1) subsets++;
    else return 'a node of another kind';
  }
  const shares = kind === 'shares';
  if (!isBoosted(kind) && subsets > 0) return 'a forest with subsets';
  if (nodes.columns.length !== splits + subsets || nodes.thresholds.length !== splits) return 'splits do not fit';
  if (nodes.subsets.length !== subsets * SUBSET_BYTES) return 'subsets do not fit';
  if (nodes.values.length !== (shares ? 0 : leaves) || nodes.leaves.length !== (shares ? leaves : 0))
    return 'leaves do not fit';
  return nodes.tables.length % outputs === 0 && (shares || nodes.tables.length === 0) ? undefined : 'tables do not fit';
}

/** Preorder: a tree is over when as many leaves as splits and one more have come. */
function shapeFault({ cols, trees, categories, nodes }: TreeModel): string | undefined {
  let open = 0;
  let count = 0;
  let split = 0;
  for (const kind of nodes.kinds) {
    if (open === 0) {
      count++;
      open = 1;
    }
    if (kind === KIND.leaf) {
      open--;
      continue;
    }
    open++;
    const column = nodes.columns[split++] as number;
    if (column >= cols) return 'a split of no column';
    if (kind >= KIND.subset && categories[column] === 0) return 'a subset of numbers';
  }
  return open === 0 && count === trees ? undefined : `${count} trees of ${trees}`;
}

/** Tables in the order of their first and only use; shares of at least two classes. */
function leavesFault({ outputs, nodes }: TreeModel): string | undefined {
  const tables = nodes.tables.length / outputs;
  let next = 0;
  for (const leaf of nodes.leaves) {
    if (leaf < outputs) continue;
    if (leaf !== outputs + next) return 'a table out of order';
    next++;
  }
  if (next !== tables) return 'a table without a leaf';
  for (let t = 0; t < tables; t++) {
    if (!nodes.tables.subarray(t * outputs, (t + 1) * outputs).some((count) => count > 0)) return 'an empty table';
  }
  return undefined;
}
