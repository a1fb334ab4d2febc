/** A network in kernel memory: forward over a batch, the loss, and its gradient by every parameter. */
import type { NetworkKernel } from './kernel.ts';
import { type Places, sizesOf, takePlaces } from './memory.ts';
import { type ConvolutionBlock, type DenseBlock, type Layout, roundUp } from './shape.ts';

/** Errors of standardised values are clamped to this many deviations, so that no gradient overflows. */
const ERROR_MAX = 1024;

/** Hidden units are silenced with probability dropped / 256, the rest scaled up; null in predictions. */
export interface Dropout {
  readonly dropped: number;
  readonly key: readonly [number, number];
  /** Third counter word of the masks. */
  readonly step: number;
  readonly purpose: number;
}

export class Passes {
  readonly #kernel: NetworkKernel;
  readonly #layout: Layout;
  readonly places: Places;
  readonly #training: boolean;

  /** Lays out arrays for batches of up to `rowsMax` rows. The parameters are to be written to `places.parameters`. */
  constructor(kernel: NetworkKernel, layout: Layout, rowsMax: number, training: boolean) {
    this.#kernel = kernel;
    this.#layout = layout;
    this.#training = training;
    this.places = takePlaces(kernel.arena, sizesOf(layout, rowsMax, training));
  }

  #parameter(offset: number): number {
    return this.places.parameters + offset * 4;
  }

  #slope(offset: number): number {
    return this.places.slopes + offset * 4;
  }

  #output(i: number): number {
    return this.places.outputs[i] as number;
  }

  /** Where the rows of a table are to be written, `inputFloats` apart. */
  get input(): number {
    return this.#output(0);
  }

  get inputFloats(): number {
    return (this.#layout.dense[0] as DenseBlock).rows;
  }

  /** Copies one image into its bordered place, moved by (dy, dx) pixels. */
  setImage(row: number, x: Float32Array, dy: number, dx: number): void {
    const { height, width, channels } = this.#layout.convolutions[0] as ConvolutionBlock;
    const { arena, wasm } = this.#kernel;
    arena.float32(this.places.image, x.length).set(x);
    wasm.borderImage(this.places.image, height, width, channels, dy, dx, this.#bordered(0, row));
  }

  #bordered(layer: number, row: number): number {
    const { height, width, channels } = this.#layout.convolutions[layer] as ConvolutionBlock;
    return (this.places.bordered[layer] as number) + row * (height + 2) * (width + 2) * channels * 4;
  }

  #winners(layer: number, row: number): number {
    const { height, width, filters } = this.#layout.convolutions[layer] as ConvolutionBlock;
    const each = (height >> 1) * (width >> 1) * filters;
    return (this.places.winners[layer] as number) + (this.#training ? row * each : 0);
  }

  /** Outputs of the loaded rows: logits, or standardised values, at `outputs`. */
  forward(rows: number, dropout: Dropout | null): void {
    const { convolutions, dense } = this.#layout;
    if (convolutions.length > 0) this.#convolve(rows);
    dense.forEach((layer, i) => {
      this.#forwardDense(layer, i, rows);
      if (dropout && dropout.dropped > 0 && i + 1 < dense.length) this.#drop(layer, i, rows, dropout);
    });
  }

  #convolve(rows: number): void {
    const { wasm } = this.#kernel;
    const { convolutions } = this.#layout;
    const { places } = this;
    convolutions.forEach(({ run, filters, weights }, layer) => {
      wasm.packB(this.#parameter(weights), 3 * run, filters, places.packed[layer] as number);
    });
    for (let row = 0; row < rows; row++) {
      convolutions.forEach((block, layer) => {
        const { height, width, channels, run, filters, bias } = block;
        const packed = places.packed[layer] as number;
        const image = this.#bordered(layer, row);
        wasm.convolve(image, height, width, channels, run, packed, filters / 8, places.windows, places.z);
        const { at, line } = this.#pooled(layer, row);
        wasm.poolForward(places.z, height, width, filters, this.#parameter(bias), at, line, this.#winners(layer, row));
      });
    }
  }

  /** Where a layer's pooled rows go, and the bytes between them: inside the next one's border, or to the dense part. */
  #pooled(layer: number, row: number): { at: number; line: number } {
    const { height, width, filters } = this.#layout.convolutions[layer] as ConvolutionBlock;
    const next = this.#layout.convolutions[layer + 1];
    if (next) {
      const line = (next.width + 2) * filters * 4;
      return { at: this.#bordered(layer + 1, row) + line + filters * 4, line };
    }
    const line = (width >> 1) * filters * 4;
    return { at: this.#output(0) + row * (height >> 1) * line, line };
  }

  #forwardDense({ rows: k, ld, weights, bias }: DenseBlock, i: number, rows: number): void {
    const { wasm } = this.#kernel;
    const { a, b } = this.places;
    const hidden = i + 1 < this.#layout.dense.length;
    wasm.packA(this.#output(i), rows, k, a);
    wasm.packB(this.#parameter(weights), k, ld, b);
    wasm.multiply(a, b, this.#output(i + 1), Math.ceil(rows / 4), k, ld / 8);
    wasm.addBias(this.#output(i + 1), this.#parameter(bias), rows, ld, hidden);
  }

  #drop({ ld }: DenseBlock, i: number, rows: number, { dropped, key, step, purpose }: Dropout): void {
    const { wasm } = this.#kernel;
    const { randomWords } = this.places;
    wasm.randomWords(randomWords, Math.ceil((rows * ld) / 4), step, purpose + i, ...key);
    wasm.dropout(this.#output(i + 1), rows * ld, randomWords, dropped, 256 / (256 - dropped));
  }

  /** Outputs become the gradient of the mean loss; returns the rows' summed loss, in nats or squared deviations. */
  lossOf(targets: Int32Array | Float32Array): number {
    const { wasm, arena } = this.#kernel;
    const rows = targets.length;
    const { outputs, ld } = this.#layout.dense.at(-1) as DenseBlock;
    const z = this.places.outputs.at(-1) as number;
    const { labels } = this.places;
    if (targets instanceof Int32Array) {
      arena.int32(labels, rows).set(targets);
      return wasm.crossEntropy(z, labels, rows, outputs, ld);
    }
    arena.float32(labels, rows).set(targets);
    return wasm.squaredError(z, labels, rows, ld, ERROR_MAX);
  }

  /** After lossOf: the gradient by the parameters, at `slopes`. */
  backward(rows: number, dropped: number): void {
    const { wasm } = this.#kernel;
    const { convolutions, dense } = this.#layout;
    for (let i = dense.length - 1; i >= 0; i--) {
      this.#backwardDense(dense[i] as DenseBlock, i, rows, i > 0 || convolutions.length > 0);
      const { rows: k } = dense[i] as DenseBlock;
      const scale = 256 / (256 - dropped);
      if (i > 0) wasm.reluGradient(this.places.inputSlopes[i] as number, this.#output(i), rows * k, scale);
    }
    if (convolutions.length > 0) this.#backwardConvolutions(rows);
  }

  #backwardDense({ rows: k, ld, weights, bias }: DenseBlock, i: number, rows: number, further: boolean): void {
    const { wasm } = this.#kernel;
    const { a, b, inputSlopes } = this.places;
    const last = i + 1 === this.#layout.dense.length;
    const dz = last ? this.#output(i + 1) : (inputSlopes[i + 1] as number);
    wasm.packColumns(this.#output(i), rows, k, a);
    wasm.packB(dz, rows, ld, b);
    wasm.multiply(a, b, this.#slope(weights), k / 4, rows, ld / 8);
    wasm.columnSums(dz, rows, ld, this.#slope(bias));
    if (!further) return;
    wasm.packA(dz, rows, ld, a);
    wasm.packTransposed(this.#parameter(weights), k, ld, b);
    wasm.multiply(a, b, inputSlopes[i] as number, Math.ceil(rows / 4), ld, k / 8);
  }

  #backwardConvolutions(rows: number): void {
    const { wasm, arena } = this.#kernel;
    const { convolutions } = this.#layout;
    const { places } = this;
    convolutions.forEach(({ run, channels, filters, weights, bias }, layer) => {
      arena.bytes(this.#slope(weights), 3 * run * filters * 4).fill(0);
      arena.bytes(this.#slope(bias), filters * 4).fill(0);
      const turned = places.turnedPacked[layer] as number;
      if (layer > 0) wasm.packTurned(this.#parameter(weights), channels, filters, places.turned, turned);
    });
    const { inputSlopes } = places;
    const flat = this.inputFloats * 4;
    for (let row = 0; row < rows; row++) {
      let slopes = (inputSlopes[0] as number) + row * flat;
      for (let layer = convolutions.length - 1; layer >= 0; layer--) slopes = this.#backwardImage(layer, row, slopes);
    }
    convolutions.forEach(({ channels, run, filters, weights }) => {
      wasm.clearPadding(this.#slope(weights), channels, run, filters);
    });
  }

  /** One image through one block; returns where the gradient by its input stands. */
  #backwardImage(layer: number, row: number, slopes: number): number {
    const { wasm } = this.#kernel;
    const { places } = this;
    const { height, width, channels, run, filters, weights, bias } = this.#layout.convolutions[
      layer
    ] as ConvolutionBlock;
    const dz = places.dz[layer] as number;
    wasm.poolBackward(slopes, this.#winners(layer, row), height, width, filters, dz, this.#slope(bias));
    const image = this.#bordered(layer, row);
    const at = this.#slope(weights);
    wasm.addWeightSlopes(image, height, width, channels, run, dz, filters, places.windows, at);
    const result = places.imageSlopes[layer] as number;
    if (layer === 0) return result;
    const turned = places.turnedPacked[layer] as number;
    wasm.convolve(dz, height, width, filters, 3 * filters, turned, channels / 8, places.windows, result);
    return result;
  }

  /** e^logit of each row up to its largest, or standardised values: rows x outputs, a copy. */
  outputs(rows: number, classes: boolean): Float32Array {
    const { wasm, arena } = this.#kernel;
    const { outputs, ld } = this.#layout.dense.at(-1) as DenseBlock;
    const z = this.places.outputs.at(-1) as number;
    if (classes) wasm.exponentialRows(z, rows, outputs, ld);
    const padded = arena.float32(z, rows * ld);
    const result = new Float32Array(rows * outputs);
    for (let row = 0; row < rows; row++) result.set(padded.subarray(row * ld, row * ld + outputs), row * outputs);
    return result;
  }
}

/** Rows that a prediction or a watched loss takes at once; images are larger. */
export const blockRows = (layout: Layout): number => (layout.convolutions.length > 0 ? 32 : 256);

export const padded = (rows: number): number => roundUp(rows, 4);
