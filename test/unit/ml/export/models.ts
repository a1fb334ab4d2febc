/** Small models made by hand, the same on every host, and rows to score. */
import { type DecodedForest, decodeForest } from '../../../../ml/trainers/trees/decoded.ts';
import { GrownNodes } from '../../../../ml/trainers/trees/grown.ts';
import { encodeTreeModel, type ModelKind, type TreeModel } from '../../../../ml/trainers/trees/model.ts';

/** Halves from -4 to 4 in a fixed disorder; thresholds below lie on them, where < and <= differ. */
export const noise = (i: number): number => (((i * 7919 + 12) % 17) - 8) / 2;

/** Kinds of forests, and outputs. */
export const KINDS = [
  ['shares', 3],
  ['mean', 1],
  ['sum', 1],
  ['logistic', 2],
  ['softmax', 3],
] as const;

/** Column 0 is a number, column 1 has five categories. */
export function forestOf(kind: ModelKind, outputs: number): TreeModel {
  const grown = new GrownNodes();
  const isShares = kind === 'shares';
  const leaf = (i: number) => {
    if (isShares) grown.classLeaf(Uint32Array.from({ length: outputs }, (_, k) => (i % 2 === 0 && k > 0 ? 0 : i + k)));
    else grown.valueLeaf(noise(i) / 4);
  };
  const isBoosted = kind !== 'shares' && kind !== 'mean';
  const trees = 6 * outputs;
  for (let tree = 0; tree < trees; tree++) {
    grown.split(0, noise(tree + 3), tree % 2 === 0);
    if (isBoosted)
      grown.subset(
        1,
        Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 0b01001 + tree : 0)),
        tree % 3 === 0,
      );
    else grown.split(1, tree % 4, tree % 3 === 0);
    leaf(3 * tree + 1);
    leaf(3 * tree + 2);
    leaf(3 * tree + 3);
  }
  return {
    kind,
    cols: 2,
    outputs,
    trees,
    base: 12.5,
    scale: 8,
    offsets: Float32Array.from({ length: outputs }, (_, k) => 0.3 - k / 4),
    gains: Float32Array.of(0.5, 0.5),
    categories: Uint16Array.of(0, isBoosted ? 5 : 0),
    nodes: grown.nodes,
  };
}

export function decodedOf(model: TreeModel): DecodedForest {
  const decoded = decodeForest(encodeTreeModel(model));
  if (!decoded.ok) throw new Error(decoded.evidence);
  return decoded.value;
}

/** Rows on thresholds, of every category and with missing cells: 90 x 2. */
export const forestRows = (): Float32Array =>
  Float32Array.from({ length: 180 }, (_, i) => {
    if (i % 11 === 7) return Number.NaN;
    return i % 2 === 0 ? noise(i) : Math.floor(i / 2) % 5;
  });
