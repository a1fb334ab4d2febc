/** Rousseeuw (1987): how much nearer rows are to their own cluster than to the next one. */

/**
 * Mean silhouette of rows x cols points with a cluster index each; rows x rows distances are taken, so `rows` is a sample. A row
 * alone in its cluster counts 0; with fewer than two clusters the whole is -1, the worst.
 */
export function silhouette(x: Float32Array, cols: number, clusters: ArrayLike<number>): number {
  const rows = clusters.length;
  let count = 0;
  for (let row = 0; row < rows; row++) count = Math.max(count, (clusters[row] as number) + 1);
  const sizes = new Uint32Array(count);
  for (let row = 0; row < rows; row++) sizes[clusters[row] as number] = (sizes[clusters[row] as number] as number) + 1;
  if (sizes.filter((size) => size > 0).length < 2) return -1;
  let total = 0;
  const sums = new Float64Array(count);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let other = 0; other < rows; other++) {
      let squares = 0;
      for (let c = 0; c < cols; c++) {
        const d = (x[row * cols + c] as number) - (x[other * cols + c] as number);
        squares += d * d;
      }
      sums[clusters[other] as number] = (sums[clusters[other] as number] as number) + Math.sqrt(squares);
    }
    total += silhouetteOf(sums, sizes, clusters[row] as number);
  }
  return total / rows;
}

/** Of one row, from its sums of distances to each cluster. */
function silhouetteOf(sums: Float64Array, sizes: Uint32Array, own: number): number {
  const size = sizes[own] as number;
  if (size < 2) return 0;
  const within = (sums[own] as number) / (size - 1);
  let nearest = Number.POSITIVE_INFINITY;
  for (let k = 0; k < sums.length; k++) {
    if (k !== own && (sizes[k] as number) > 0) nearest = Math.min(nearest, (sums[k] as number) / (sizes[k] as number));
  }
  const larger = Math.max(within, nearest);
  return larger === 0 ? 0 : (nearest - within) / larger;
}
