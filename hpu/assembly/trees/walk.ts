// Predictions: rows walk down trees in preorder. A node is 16 bytes: f32 threshold, u32 column with flags, u32 right child, u32
// payload; the left child is the next node. Rows go left where x <= threshold; a missing cell (NaN) goes as its flag says. A leaf
// has a NaN threshold, no flag but its own, and itself for a right child: whoever stands on one stays there.

const LEAF: u32 = 0x80000000;
const MISSING_LEFT_BIT: u32 = 30;
/** The payload is the address of a set of 32 bytes from the sets' start, a bit a category; beyond 255 counts as 254. */
const CATEGORICAL: u32 = 0x20000000;
const COLUMN_MASK: u32 = 0x1fffffff;

/** Rows that walk side by side: the loads of one hide behind those of the others. */
const LANES: u32 = 4;
/** Payloads of the leaves that they came to. */
const LEAVES: usize = memory.data(16, 16);

/** One step down, without a branch that a row's cells could mislead. */
// @ts-ignore: decorator
@inline
function step(nodes: usize, at: usize, flags: u32, x: usize): usize {
  const value = load<f32>(x + (<usize>(flags & COLUMN_MASK) << 2));
  const left = <u32>(value <= load<f32>(at)) | (<u32>(value != value) & (flags >> MISSING_LEFT_BIT));
  return select<usize>(at + 16, nodes + (<usize>load<u32>(at, 8) << 4), left & 1);
}

function walkLanes(nodes: usize, root: u32, x: usize, stride: usize): void {
  const top = nodes + (<usize>root << 4);
  let a = top;
  let b = top;
  let c = top;
  let d = top;
  while (true) {
    const fa = load<u32>(a, 4);
    const fb = load<u32>(b, 4);
    const fc = load<u32>(c, 4);
    const fd = load<u32>(d, 4);
    if (fa & fb & fc & fd & LEAF) break;
    a = step(nodes, a, fa, x);
    b = step(nodes, b, fb, x + stride);
    c = step(nodes, c, fc, x + 2 * stride);
    d = step(nodes, d, fd, x + 3 * stride);
  }
  store<u32>(LEAVES, load<u32>(a, 12));
  store<u32>(LEAVES, load<u32>(b, 12), 4);
  store<u32>(LEAVES, load<u32>(c, 12), 8);
  store<u32>(LEAVES, load<u32>(d, 12), 12);
}

/** One row, also past categories. Codes are whole numbers from 0 on; any other cell goes the way of missing ones. */
function walkRow(nodes: usize, root: u32, sets: usize, x: usize): u32 {
  let at = nodes + (<usize>root << 4);
  let flags = load<u32>(at, 4);
  while (!(flags & LEAF)) {
    if (flags & CATEGORICAL) {
      const value = load<f32>(x + (<usize>(flags & COLUMN_MASK) << 2));
      const code = min<u32>(254, <u32>value);
      const left = value >= 0 && <f32><u32>value == value
        ? (load<u8>(sets + <usize>load<u32>(at, 12) + (code >> 3)) >> <u8>(code & 7)) & 1
        : (flags >> MISSING_LEFT_BIT) & 1;
      at = left ? at + 16 : nodes + (<usize>load<u32>(at, 8) << 4);
    } else {
      at = step(nodes, at, flags, x);
    }
    flags = load<u32>(at, 4);
  }
  return load<u32>(at, 12);
}

/** Leaves of up to LANES rows from `x` on at LEAVES; how many rows. `sets` 0: no tree asks for a category. */
function walkSome(nodes: usize, root: u32, sets: usize, x: usize, left: u32, stride: usize): u32 {
  if (left >= LANES && sets == 0) {
    walkLanes(nodes, root, x, stride);
    return LANES;
  }
  store<u32>(LEAVES, walkRow(nodes, root, sets, x));
  return 1;
}

/** margins[r][t % width] += f32 leaf values, tree after tree: `roots` u32[trees]. */
export function addMargins(
  nodes: usize, roots: usize, trees: u32, sets: usize, x: usize, rows: u32, cols: u32, margins: usize, width: u32,
): void {
  const stride = <usize>cols << 2;
  for (let t: u32 = 0; t < trees; t++) {
    const root = load<u32>(roots + (<usize>t << 2));
    for (let r: u32 = 0; r < rows; ) {
      const count = walkSome(nodes, root, sets, x + <usize>r * stride, rows - r, stride);
      for (let i: u32 = 0; i < count; i++, r++) {
        const at = margins + ((<usize>r * <usize>width + <usize>(t % width)) << 2);
        store<f32>(at, load<f32>(at) + load<f32>(LEAVES + (<usize>i << 2)));
      }
    }
  }
}

/** sums[r] += f32 leaf values, in f64. */
export function addValues(
  nodes: usize, roots: usize, trees: u32, sets: usize, x: usize, rows: u32, cols: u32, sums: usize,
): void {
  const stride = <usize>cols << 2;
  for (let t: u32 = 0; t < trees; t++) {
    const root = load<u32>(roots + (<usize>t << 2));
    for (let r: u32 = 0; r < rows; ) {
      const count = walkSome(nodes, root, sets, x + <usize>r * stride, rows - r, stride);
      for (let i: u32 = 0; i < count; i++, r++) {
        const at = sums + (<usize>r << 3);
        store<f64>(at, load<f64>(at) + <f64>load<f32>(LEAVES + (<usize>i << 2)));
      }
    }
  }
}

/**
 * sums[r][k] += shares of the leaf's classes. A payload below `classes` is a leaf of that class alone; else payload - classes is a
 * row of `tables`, f64[][classes].
 */
export function addShares(
  nodes: usize, roots: usize, trees: u32, sets: usize, x: usize, rows: u32, cols: u32, sums: usize, classes: u32,
  tables: usize,
): void {
  const stride = <usize>cols << 2;
  for (let t: u32 = 0; t < trees; t++) {
    const root = load<u32>(roots + (<usize>t << 2));
    for (let r: u32 = 0; r < rows; ) {
      const count = walkSome(nodes, root, sets, x + <usize>r * stride, rows - r, stride);
      for (let i: u32 = 0; i < count; i++, r++) {
        const leaf = load<u32>(LEAVES + (<usize>i << 2));
        addLeaf(leaf, sums + ((<usize>r * <usize>classes) << 3), classes, tables);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function addLeaf(leaf: u32, to: usize, classes: u32, tables: usize): void {
  if (leaf < classes) {
    const at = to + (<usize>leaf << 3);
    store<f64>(at, load<f64>(at) + 1);
    return;
  }
  const from = tables + ((<usize>(leaf - classes) * <usize>classes) << 3);
  for (let k: usize = 0; k < <usize>classes << 3; k += 8) {
    store<f64>(to + k, load<f64>(to + k) + load<f64>(from + k));
  }
}
