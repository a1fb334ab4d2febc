/** Centres as canonical little-endian bytes: "HKM1", u32 columns, u32 clusters, f64 centres[clusters x columns]. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { ByteReader, ByteWriter } from '../../bytes.ts';
import type { Meter } from '../../meter.ts';
import { float64 } from '../linear/kernel.ts';
import { doubleProduct, Panels } from '../linear/panels.ts';
import type { Predictor } from '../trainer.ts';

export interface Clusters {
  readonly cols: number;
  /** clusters x cols, row-major. */
  readonly centres: Float64Array;
}

const MAGIC = 'HKM1';
const HEADER_BYTES = 12;
export const CLUSTERS_MAX = 64;
/** Means of f32 cells are below. */
const CENTRE_MAX = 2 ** 128;

export function encodeClusters({ cols, centres }: Clusters): Uint8Array {
  return new ByteWriter(HEADER_BYTES + centres.length * 8)
    .magic(MAGIC)
    .u32(cols, centres.length / cols)
    .f64s(centres)
    .finish();
}

/** result_mismatch for bytes that are no clusters. */
export function decodeClusters(bytes: Uint8Array): Result<Clusters> {
  const refuse = (why: string) => fail('result_mismatch', `clusters: ${why}`);
  const reader = new ByteReader(bytes);
  if (bytes.length < HEADER_BYTES || reader.magic() !== MAGIC) return refuse('no "HKM1"');
  const [cols, count] = [reader.u32(), reader.u32()];
  const isSized = cols > 0 && count >= 1 && count <= CLUSTERS_MAX && reader.left === 8 * cols * count;
  if (!isSized) return refuse(`${count} of ${cols} columns`);
  const centres = reader.f64s(cols * count);
  return centres.every((x) => Math.abs(x) <= CENTRE_MAX) ? ok({ cols, centres }) : refuse('a centre is out of range');
}

/** Of centres `ld` apart: `cols` x count, as products want them. */
export function transposed(centres: Float64Array, cols: number, ld = cols): Float64Array {
  const count = centres.length / ld;
  const out = new Float64Array(cols * count);
  for (let k = 0; k < count; k++) {
    for (let c = 0; c < cols; c++) out[c * count + k] = centres[k * ld + c] as number;
  }
  return out;
}

/** |centre|^2 of each. */
export function squaredNorms(centres: Float64Array, ld: number): Float64Array {
  const norms = new Float64Array(centres.length / ld);
  for (let i = 0; i < centres.length; i++) {
    const k = Math.floor(i / ld);
    norms[k] = (norms[k] as number) + (centres[i] as number) * (centres[i] as number);
  }
  return norms;
}

export function meterNearest(meter: Meter, rows: number, cols: number, clusters: number): void {
  meter.vector(rows * cols, 'floatElement');
  doubleProduct(meter, rows, cols, clusters);
  meter.vector(rows * clusters, 'floatElement', 'argmax');
}

/** The output of a row is the index of the nearest centre, the first among equals. */
export function clusterPredictor(clusters: Clusters): Predictor {
  const { cols } = clusters;
  const count = clusters.centres.length / cols;
  return {
    cols,
    outputs: 1,
    predict({ linear }, input, meter) {
      if (input.cols !== cols) throw new RangeError(`${input.cols} columns, ${cols} expected`);
      linear.arena.reset();
      const panels = new Panels(linear, input, new Float64Array(cols), { once: true });
      const { to: block } = panels.range(0);
      const centres = linear.arena.put(transposed(clusters.centres, cols));
      const norms = linear.arena.put(squaredNorms(clusters.centres, cols));
      const products = linear.arena.take(block * count * 8);
      const labels = linear.arena.take(block * 4);
      panels.begin();
      const out = new Float64Array(input.rows);
      for (let at = 0; at < panels.blocks; at++) {
        const { from, to } = panels.range(at);
        const rows = to - from;
        float64(linear, products, rows * count).fill(0);
        linear.wasm.addProduct(panels.at(at), panels.ld, 1, centres, products, rows, cols, count);
        linear.wasm.nearest(products, norms, rows, count, labels);
        out.set(linear.arena.int32(labels, rows), from);
        meterNearest(meter, rows, cols, count);
      }
      return out;
    },
  };
}
