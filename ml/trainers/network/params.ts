/** Parameters of the two families: names, bounds, defaults. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import type { Params, ProblemShape } from '../trainer.ts';
import { SCRATCH_BYTES_MAX } from './kernel.ts';
import { bytesOfSizes, sizesOf } from './memory.ts';
import { shapeFault } from './model.ts';
import { SCHEDULES, type Schedule } from './schedule.ts';
import { layoutOf, type NetworkShape } from './shape.ts';

/** How a fit descends; the same for both families. */
export interface Descent {
  readonly optimiser: 'adam' | 'sgd';
  readonly learningRate: number;
  /** Of sgd, Nesterov's. */
  readonly momentum: number;
  /** Decoupled for adam (a share of rate * weightDecay of each weight a step), L2 for sgd; biases are left alone. */
  readonly weightDecay: number;
  readonly schedule: Schedule;
  /** Share of the steps over which the rate rises. */
  readonly warmup: number;
  /** Probability, in 1/256, that a hidden unit of the dense part is silenced in a step. */
  readonly dropout: number;
  readonly batch: number;
  readonly epochs: number;
  /** Epochs without a loss lower by TOLERANCE after which the fit ends (the watched loss, else the training loss); 0: never. */
  readonly patience: number;
  /** Images move by up to this many pixels each way, at random. */
  readonly shift: number;
}

export interface NetworkParams {
  readonly descent: Descent;
  readonly shape: NetworkShape;
}

type Rule =
  | { readonly low: number; readonly high: number; readonly whole?: true }
  | { readonly among: readonly string[] };

const DESCENT: Readonly<Record<string, Rule>> = {
  optimiser: { among: ['adam', 'sgd'] },
  learningRate: { low: 1e-6, high: 1 },
  momentum: { low: 0, high: 0.999 },
  weightDecay: { low: 0, high: 1 },
  schedule: { among: SCHEDULES },
  warmup: { low: 0, high: 0.5 },
  dropout: { low: 0, high: 0.75 },
  batch: { low: 1, high: 1024, whole: true },
  epochs: { low: 1, high: 2000, whole: true },
  patience: { low: 0, high: 2000, whole: true },
};
const MLP: Readonly<Record<string, Rule>> = {
  ...DESCENT,
  layers: { low: 1, high: 3, whole: true },
  width: { low: 4, high: 1024, whole: true },
};
const CNN: Readonly<Record<string, Rule>> = {
  ...DESCENT,
  blocks: { low: 1, high: 3, whole: true },
  filters: { low: 8, high: 64, whole: true },
  width: { low: 0, high: 512, whole: true },
  shift: { low: 0, high: 4, whole: true },
};

const keeps = (value: Params[string], rule: Rule): boolean => {
  if ('among' in rule) return typeof value === 'string' && rule.among.includes(value);
  if (typeof value !== 'number' || !(value >= rule.low && value <= rule.high)) return false;
  return !rule.whole || Number.isInteger(value);
};

const bad = (name: string, evidence: string): Result<never> => fail('work_invalid', evidence, name);

/** The defaults overlaid by `raw`, or which of `raw` is unknown or out of bounds. */
function overlay(raw: Params, defaults: Params, rules: Readonly<Record<string, Rule>>): Result<Params> {
  for (const [name, value] of Object.entries(raw)) {
    const rule = rules[name];
    if (!rule) return bad(name, `no parameter ${name}`);
    if (!keeps(value, rule)) return bad(name, `${name} ${value}`);
  }
  return ok({ ...defaults, ...raw });
}

/** Powers of two up to `high`: rows in some 32 steps an epoch, so that small sets get enough of them. */
function batchFor(rows: number, high: number): number {
  let batch = 16;
  while (batch < high && batch * 32 < rows) batch *= 2;
  return batch;
}

const descentDefaults = (rows: number, batchMax: number, learningRate: number, weightDecay: number) => ({
  optimiser: 'adam',
  learningRate,
  momentum: 0.9,
  weightDecay,
  schedule: 'cosine',
  warmup: 0.05,
  dropout: 0,
  batch: batchFor(rows, batchMax),
  patience: 0,
});

/** Epochs so that some `steps` steps are taken, within bounds. */
const epochsFor = (rows: number, batch: number, steps: number, low: number, high: number): number =>
  Math.max(low, Math.min(high, Math.ceil(steps / Math.ceil(rows / Math.max(1, batch)))));

/** The widest of the usual widths that keep the first layer within a quarter of the parameters. */
const widthFor = (cols: number, wanted: number): number => {
  let width = wanted;
  while (width > 8 && width * cols > 1 << 18) width /= 2;
  return width;
};

export function mlpParams(raw: Params, shape: ProblemShape): Result<Params> {
  const descent = descentDefaults(shape.rows, 128, 0.004, 0.3);
  const defaults = { ...descent, layers: 2, width: widthFor(shape.cols, 128) };
  return firstWithRoom([defaults, { ...defaults, batch: 16 }], (chosen) => {
    const batch = typeof raw.batch === 'number' ? raw.batch : chosen.batch;
    const filled = overlay(raw, { ...chosen, epochs: epochsFor(shape.rows, batch, 2000, 10, 100) }, MLP);
    return filled.ok ? requireRoom(filled.value, mlpNetwork(filled.value, shape)) : filled;
  });
}

export function cnnParams(raw: Params, shape: ProblemShape): Result<Params> {
  if (!shape.image) return bad('image', 'the rows are no images');
  const descent = descentDefaults(shape.rows, 64, 0.002, 0.01);
  const side = Math.min(shape.image.height, shape.image.width);
  const blocks = side >= 48 ? 3 : side >= 4 ? 2 : 1;
  const defaults = { ...descent, blocks, filters: 16, width: 64, shift: 0 };
  const small = { ...defaults, batch: 16, filters: 8 };
  return firstWithRoom([defaults, { ...defaults, batch: 16 }, small, { ...small, width: 0 }], (chosen) => {
    const batch = typeof raw.batch === 'number' ? raw.batch : chosen.batch;
    const filled = overlay(raw, { ...chosen, epochs: epochsFor(shape.rows, batch, 1500, 6, 60) }, CNN);
    if (!filled.ok) return filled;
    if ((filled.value.filters as number) % 8 !== 0) return bad('filters', `${filled.value.filters} filters`);
    return requireRoom(filled.value, cnnNetwork(filled.value, shape));
  });
}

/** The parameters from the first defaults with which they fit, else why the last ones don't. */
function firstWithRoom<Defaults>(
  defaults: readonly Defaults[],
  fill: (one: Defaults) => Result<Params>,
): Result<Params> {
  let result = fill(defaults[0] as Defaults);
  for (const next of defaults.slice(1)) if (!result.ok) result = fill(next);
  return result;
}

/** Refuses what kernel memory can't hold, by the parameter that would have to be smaller. */
function requireRoom(params: Params, { shape, descent }: NetworkParams): Result<Params> {
  const fault = shapeFault(shape);
  if (fault === 'input') return bad('columns', 'too many columns or pixels a row');
  if (fault === 'filters') return bad('blocks', 'images too small, or filters too many');
  if (fault === 'widths') return bad('width', 'too many parameters');
  const bytes = bytesOfSizes(sizesOf(layoutOf(shape), Math.max(descent.batch, WATCHED_ROWS), true));
  return bytes > ROOM_BYTES ? bad('batch', `a batch of ${descent.batch} rows takes ${bytes} bytes`) : ok(params);
}

/** Rows of a block whose loss is watched, at least. */
export const WATCHED_ROWS = 32;
/** Random words of a block, and the moments, which stand beside the arrays of a pass. */
export const WORDS_AT_ONCE = 1 << 16;
const ROOM_BYTES = SCRATCH_BYTES_MAX - (9 << 20);

const descentOf = (params: Params): Descent => ({
  optimiser: params.optimiser as Descent['optimiser'],
  learningRate: params.learningRate as number,
  momentum: params.momentum as number,
  weightDecay: params.weightDecay as number,
  schedule: params.schedule as Schedule,
  warmup: params.warmup as number,
  dropout: Math.floor((params.dropout as number) * 256),
  batch: params.batch as number,
  epochs: params.epochs as number,
  patience: params.patience as number,
  shift: (params.shift as number | undefined) ?? 0,
});

/** `params` as mlpParams or cnnParams returned them. */
export function mlpNetwork(params: Params, { cols, classes }: ProblemShape): NetworkParams {
  const hidden = Array.from({ length: params.layers as number }, () => params.width as number);
  const input = { height: 1, width: 1, channels: cols };
  return { descent: descentOf(params), shape: { input, filters: [], widths: [...hidden, classes || 1] } };
}

/** Each block has twice the filters of the one before. */
export function cnnNetwork(params: Params, { image, classes }: ProblemShape): NetworkParams {
  const { height, width, channels } = image as NonNullable<ProblemShape['image']>;
  const filters = Array.from({ length: params.blocks as number }, (_, i) => (params.filters as number) << i);
  const hidden = (params.width as number) > 0 ? [params.width as number] : [];
  const input = { height, width, channels };
  return { descent: descentOf(params), shape: { input, filters, widths: [...hidden, classes || 1] } };
}
