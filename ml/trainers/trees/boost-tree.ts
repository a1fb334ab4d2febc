/** A boosted tree, as it was grown, turned into nodes in preorder. */
import { F32_MAX } from '../../table/fault.ts';
import type { BoostNode } from './boost-memory.ts';
import type { CodedColumn } from './columns.ts';
import type { GrownNodes } from './grown.ts';

/**
 * The threshold t with high(code) < t <= low(code + 1): halfway, in f32. Above the last code there is nothing but missing cells.
 */
export function edgeAbove({ lows, highs }: CodedColumn, code: number): number {
  if (code + 1 >= lows.length) return F32_MAX;
  const [a, b] = [highs[code] as number, lows[code + 1] as number];
  const middle = Math.fround((a + b) / 2);
  return middle > a && middle <= b ? middle : b;
}

/** Appends the tree to `to`, and adds its splits' gains to `gains` by column. Returns the leaves' number. */
export function appendTree(
  nodes: readonly BoostNode[],
  columns: readonly CodedColumn[],
  to: GrownNodes,
  gains: Float64Array,
): number {
  const stack = [0];
  let leaves = 0;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const node = nodes[next] as BoostNode;
    if (node.child === 0) {
      leaves++;
      to.valueLeaf(node.value);
      continue;
    }
    const column = columns[node.column] as CodedColumn;
    if (node.categorical) to.subset(node.column, node.subset, node.missingLeft);
    else to.split(node.column, edgeAbove(column, node.code), node.missingLeft);
    gains[node.column] = (gains[node.column] as number) + node.gain;
    stack.push(node.child + 1, node.child);
  }
  return leaves;
}
