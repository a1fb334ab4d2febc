/** A network as its definition reads, in f64 and with no layout: what the kernels' gradients are compared with. */
import type { NetworkLayer } from '../../../../ml/trainers/network/model.ts';

export interface Step {
  readonly loss: number;
  /** For each layer the gradients by its weights and by its bias, of the mean loss. */
  readonly slopes: { readonly weights: Float64Array; readonly bias: Float64Array }[];
  readonly outputs: number[];
}

type Values = Float64Array;
interface Pass {
  readonly y: Values;
  /** Gradient by the input; adds those by weights and bias. */
  back(dy: Values): Values;
}
type Slopes = { readonly weights: Float64Array; readonly bias: Float64Array };

function dense(layer: NetworkLayer & { kind: 'dense' }, x: Values, slopes: Slopes): Pass {
  const { inputs, outputs, weights, bias, relu } = layer;
  const z = Float64Array.from(bias);
  for (let i = 0; i < inputs; i++)
    for (let o = 0; o < outputs; o++) z[o] = (z[o] as number) + (x[i] as number) * (weights[i * outputs + o] as number);
  const y = relu ? z.map((value) => Math.max(0, value)) : z;
  const back = (dy: Values): Values => {
    const dx = new Float64Array(inputs);
    for (let o = 0; o < outputs; o++) {
      if (relu && (z[o] as number) <= 0) continue;
      const d = dy[o] as number;
      slopes.bias[o] = (slopes.bias[o] as number) + d;
      for (let i = 0; i < inputs; i++) {
        const at = i * outputs + o;
        slopes.weights[at] = (slopes.weights[at] as number) + d * (x[i] as number);
        dx[i] = (dx[i] as number) + d * (weights[at] as number);
      }
    }
    return dx;
  };
  return { y, back };
}

function convolution(layer: NetworkLayer & { kind: 'convolution' }, x: Values, slopes: Slopes): Pass {
  const { height, width, channels } = layer.image;
  const { filters, weights, bias } = layer;
  /** Visits (input index, weight index) of each tap that lies inside the image. */
  const taps = (py: number, px: number, f: number, visit: (at: number, weight: number) => void): void => {
    for (let ky = 0; ky < 3; ky++) {
      for (let kx = 0; kx < 3; kx++) {
        const [yy, xx] = [py + ky - 1, px + kx - 1];
        if (yy < 0 || xx < 0 || yy >= height || xx >= width) continue;
        for (let c = 0; c < channels; c++) {
          visit((yy * width + xx) * channels + c, ((ky * 3 + kx) * channels + c) * filters + f);
        }
      }
    }
  };
  const [h, w] = [height >> 1, width >> 1];
  const y = new Float64Array(h * w * filters);
  const winners = new Int32Array(y.length).fill(-1);
  for (let i = 0; i < y.length; i++) {
    const f = i % filters;
    const [oy, ox] = [Math.floor(i / filters / w), Math.floor(i / filters) % w];
    let best = Number.NEGATIVE_INFINITY;
    for (const [dy, dx] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const) {
      let z = bias[f] as number;
      taps(2 * oy + dy, 2 * ox + dx, f, (at, weight) => {
        z += (x[at] as number) * (weights[weight] as number);
      });
      if (z <= best) continue;
      best = z;
      winners[i] = z > 0 ? (2 * oy + dy) * width + 2 * ox + dx : -1;
    }
    y[i] = Math.max(0, best);
  }
  const back = (dy: Values): Values => {
    const dx = new Float64Array(x.length);
    dy.forEach((d, i) => {
      const winner = winners[i] as number;
      if (winner < 0) return;
      const f = i % filters;
      slopes.bias[f] = (slopes.bias[f] as number) + d;
      taps(Math.floor(winner / width), winner % width, f, (at, weight) => {
        slopes.weights[weight] = (slopes.weights[weight] as number) + d * (x[at] as number);
        dx[at] = (dx[at] as number) + d * (weights[weight] as number);
      });
    });
    return dx;
  };
  return { y, back };
}

/** Mean loss of the rows and its gradients. `classes` 0: squared error of one output. */
export function referenceStep(
  layers: readonly NetworkLayer[],
  x: Float32Array,
  targets: ArrayLike<number>,
  classes: number,
): Step {
  const rows = targets.length;
  const cols = x.length / rows;
  const slopes = layers.map(({ weights, bias }) => ({
    weights: new Float64Array(weights.length),
    bias: new Float64Array(bias.length),
  }));
  let loss = 0;
  const outputs: number[] = [];
  for (let row = 0; row < rows; row++) {
    const target = targets[row] as number;
    const passes: Pass[] = [];
    let y: Values = Float64Array.from(x.subarray(row * cols, (row + 1) * cols));
    layers.forEach((layer, i) => {
      const own = slopes[i] as Slopes;
      const pass = layer.kind === 'dense' ? dense(layer, y, own) : convolution(layer, y, own);
      passes.push(pass);
      y = pass.y;
    });
    outputs.push(...y);
    let d: Values;
    if (classes === 0) {
      const error = (y[0] as number) - target;
      loss += (error * error) / rows;
      d = Float64Array.of((2 * error) / rows);
    } else {
      const sum = y.reduce((total, z) => total + Math.exp(z), 0);
      loss -= Math.log(Math.exp(y[target] as number) / sum) / rows;
      d = y.map((z, c) => (Math.exp(z) / sum - (c === target ? 1 : 0)) / rows);
    }
    for (const pass of passes.reverse()) d = pass.back(d);
  }
  return { loss, slopes, outputs };
}
