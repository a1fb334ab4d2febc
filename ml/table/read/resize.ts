/** Pictures to another size by the mean of the area that each new pixel covers: whole numbers only, the same on every host. */

/** 8-bit samples, row-major, `channels` a pixel. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly samples: Uint8Array;
}

/** What each new pixel of an axis takes of the old ones: the first of them and the overlaps, in 1/to of an old pixel. */
function overlaps(from: number, to: number): { readonly first: number; readonly weights: readonly number[] }[] {
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [i * from, (i + 1) * from];
    const first = Math.floor(start / to);
    const last = Math.ceil(end / to);
    const weights = Array.from({ length: last - first }, (_, j) => {
      const at = (first + j) * to;
      return Math.min(end, at + to) - Math.max(start, at);
    });
    return { first, weights };
  });
}

/** Each new line's sums along the width, times what it takes of that old line. Whole numbers below 2^53, so their order is all one. */
function addLine(
  picture: Picture,
  line: number,
  weight: number,
  columns: ReturnType<typeof overlaps>,
  sums: Float64Array,
): void {
  const { channels, samples, width } = picture;
  let at = 0;
  for (const { first, weights } of columns) {
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      let from = (line * width + first) * channels + channel;
      for (let i = 0; i < weights.length; i++, from += channels)
        sum += (weights[i] as number) * (samples[from] as number);
      sums[at] = (sums[at] as number) + weight * sum;
      at++;
    }
  }
}

/** The mean of the area, rounded half up: the weights of a new pixel sum to the old height times the old width. */
export function resize(picture: Picture, height: number, width: number): Picture {
  const { channels } = picture;
  if (height === picture.height && width === picture.width) return picture;
  const columns = overlaps(picture.width, width);
  const total = picture.height * picture.width;
  const samples = new Uint8Array(height * width * channels);
  overlaps(picture.height, height).forEach(({ first, weights }, y) => {
    const sums = new Float64Array(width * channels);
    weights.forEach((weight, i) => {
      addLine(picture, first + i, weight, columns, sums);
    });
    samples.set(
      sums.map((sum) => Math.floor((2 * sum + total) / (2 * total))),
      y * width * channels,
    );
  });
  return { height, width, channels, samples };
}
