/** Where the arrays of a pass over up to `rows` rows stand in kernel memory. */
import { type Arena, aligned } from '../../../hpu/arena.ts';
import { type ConvolutionBlock, type Layout, roundUp } from './shape.ts';

/** Vectors are read up to here past the end of an image. */
const SLACK_BYTES = 64;
/** Windows that hpu/assembly/network/convolution.ts packs at once. */
const WINDOWS_AT_ONCE = 128;

const largest = (values: readonly number[]): number => values.reduce((top, value) => Math.max(top, value), 0);
const bordered = (height: number, width: number, channels: number): number => (height + 2) * (width + 2) * channels;

/** In floats. Arrays of one entry a layer have as many as there are layers of the kind. */
export interface Sizes {
  readonly parameters: number;
  /** Gradient of the loss by the parameters. */
  readonly slopes: number;
  readonly labels: number;
  /** Packed operands of dense products. */
  readonly a: number;
  readonly b: number;
  /** Input of the first dense layer, then each one's output. */
  readonly outputs: readonly number[];
  /** Gradients by the inputs of the dense layers; 0 where nobody asks. */
  readonly inputSlopes: readonly number[];
  readonly randomWords: number;
  /** Of convolutions: one image as it comes, bordered inputs of all rows, packed weights, winners of the pooling (in bytes). */
  readonly image: number;
  readonly bordered: readonly number[];
  readonly packed: readonly number[];
  readonly winners: readonly number[];
  readonly windows: number;
  /** One image's product, and by layer its gradient with a border. */
  readonly z: number;
  readonly dz: readonly number[];
  /** Turned weights before they are packed, and packed. */
  readonly turned: number;
  readonly turnedPacked: readonly number[];
  /** Gradient by one image's input of each layer. */
  readonly imageSlopes: readonly number[];
}

export type Places = { readonly [Name in keyof Sizes]: Sizes[Name] };

const pixels4 = ({ height, width }: ConvolutionBlock): number => roundUp(height * width, 4);

export function sizesOf(layout: Layout, rows: number, training: boolean): Sizes {
  const { convolutions, dense, floats } = layout;
  const images = convolutions.length > 0;
  const rows4 = roundUp(rows, 4);
  const back = training ? 1 : 0;
  const first = dense[0] as Layout['dense'][number];
  return {
    parameters: floats,
    slopes: back * floats,
    labels: rows4,
    a: largest(dense.map((layer) => rows4 * Math.max(layer.rows, layer.ld))),
    b: largest(dense.map((layer) => layer.ld * Math.max(roundUp(layer.rows, 8), back * rows4))),
    outputs: [rows4 * first.rows, ...dense.map(({ ld }) => rows4 * ld)],
    inputSlopes: dense.map((layer, i) => (i > 0 || images ? back * rows4 * layer.rows : 0)),
    randomWords: back * largest(dense.map(({ ld }) => roundUp(Math.ceil((rows4 * ld) / 4), 4))),
    image: images ? layout.convolutions.slice(0, 1).reduce((_, c) => c.height * c.width * c.channels, 0) : 0,
    bordered: convolutions.map((c) => rows * bordered(c.height, c.width, c.channels)),
    packed: convolutions.map(({ run, filters }) => 3 * run * filters),
    winners: convolutions.map(
      (c) => back * rows * (c.height >> 1) * (c.width >> 1) * c.filters || c.height * c.width * c.filters,
    ),
    windows: largest(
      convolutions.map(({ width, run, filters }) => {
        const forward = WINDOWS_AT_ONCE * 3 * run;
        const slopes = Math.max(WINDOWS_AT_ONCE, width) * (3 * run + filters);
        return Math.max(forward, back * slopes, back * WINDOWS_AT_ONCE * 9 * filters);
      }),
    ),
    z: largest(convolutions.map((c) => pixels4(c) * c.filters)),
    dz: convolutions.map((c) => back * bordered(c.height, c.width, c.filters)),
    turned: back * largest(convolutions.slice(1).map(({ channels, filters }) => 9 * filters * channels)),
    turnedPacked: convolutions.map(({ channels, filters }, i) => (i > 0 ? back * 9 * filters * channels : 0)),
    imageSlopes: convolutions.map((c, i) => (i > 0 ? back * pixels4(c) * c.channels : 0)),
  };
}

const bytesOf = (name: string, entries: number): number =>
  aligned(name === 'winners' ? entries : entries * 4 + SLACK_BYTES);

/** Kernel memory that the arrays take. */
export function bytesOfSizes(sizes: Sizes): number {
  return Object.entries(sizes).reduce((sum, [name, entries]: [string, number | readonly number[]]) => {
    const list = typeof entries === 'number' ? [entries] : entries;
    return sum + list.reduce((bytes, entry) => bytes + bytesOf(name, entry), 0);
  }, 0);
}

/** Takes them all, zeroed: borders, padding and what lies past an end are read, and must be the same on every host. */
export function takePlaces(arena: Arena, sizes: Sizes): Places {
  const take = (name: string, entries: number): number => {
    const at = arena.take(bytesOf(name, entries));
    arena.bytes(at, bytesOf(name, entries)).fill(0);
    return at;
  };
  const places = Object.entries(sizes).map(([name, entries]: [string, number | readonly number[]]) => [
    name,
    typeof entries === 'number' ? take(name, entries) : entries.map((entry) => take(name, entry)),
  ]);
  return Object.fromEntries(places) as Places;
}
