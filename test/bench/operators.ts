/** `bench -- operators`: the operators beside the product against the same work in plain JavaScript, copies in and out included. */
import { loadKernel } from '../../hpu/node.ts';
import { createOperators, type Operators } from '../../hpu/operators/operators.ts';
import { addScaling, scaleOf } from '../../hpu/quantise.ts';
import { requantiseReference } from '../../hpu/reference/product.ts';
import { rounded } from './figures.ts';
import { interleave, median, speedUp } from './interleave.ts';
import * as plain from './operators-plain.ts';

type Values = Int8Array | Int32Array | Float32Array;

interface Job {
  readonly name: string;
  /** Multiply-accumulates for a convolution, elements read otherwise. */
  readonly elements: number;
  readonly ours: () => Values;
  readonly plainJs: () => Values;
}

const ROUNDS = 15;
const ROWS = 3136;
const COLUMNS = 128;
const COUNT = ROWS * COLUMNS;

const int8 = (count: number): Int8Array => Int8Array.from({ length: count }, (_, i) => Math.imul(i, 2654435761) >>> 24);
const float = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (((i * 7919) % 10_007) - 5000) / 977);

function imageJobs(operators: Operators): Job[] {
  const operands = (size: number, channels: number) => {
    const w = int8(9 * channels);
    return {
      x: int8(size * size * channels),
      w,
      weights: operators.packDepthwise(w, 3, 3, channels),
      shape: { images: 1, height: size, width: size, channels },
      padding: { top: 1, bottom: 1, left: 1, right: 1 },
    };
  };
  const convolution = (size: number, channels: number, stride: number): Job => {
    const { x, w, weights, shape, padding } = operands(size, channels);
    return {
      name: `depthwise 3x3/${stride} ${size}x${size}x${channels}`,
      elements: (Math.floor((size - 1) / stride) + 1) ** 2 * channels * 9,
      ours: () => operators.depthwise(x, shape, weights, { stride: [stride, stride], padding }, 0),
      plainJs: () => plain.depthwise3x3(x, size, channels, w, stride),
    };
  };
  const fused = (size: number, channels: number): Job => {
    const { x, w, weights, shape, padding } = operands(size, channels);
    const fill = (value: number) => new Int32Array(channels).fill(value);
    const by = { bias: fill(1000), multiplier: fill(2 ** 30 + 77), shift: fill(38) };
    const range = { zero: -3, low: -128, high: 127 };
    return {
      name: `depthwise and requantise ${size}x${size}x${channels}`,
      elements: x.length * 9,
      ours: () => operators.depthwiseInt8(x, shape, weights, { padding }, 0, by, range),
      plainJs: () => plain.requantise(plain.depthwise3x3(x, size, channels, w, 1), 1000, 2 ** 30 + 77, 38, -3),
    };
  };
  const pools = (size: number, channels: number, side: number): Job[] => {
    const x = int8(size * size * channels);
    const shape = { images: 1, height: size, width: size, channels };
    const window = { height: side, width: side, stride: [side, side] } as const;
    const row = `${side}x${side} ${size}x${size}x${channels}`;
    return [
      {
        name: `max pool ${row}`,
        elements: x.length,
        ours: () => operators.maxPool(x, shape, window),
        plainJs: () => plain.maxPool(x, size, channels, side),
      },
      {
        name: `average pool ${row}`,
        elements: x.length,
        ours: () => operators.averagePool(x, shape, window),
        plainJs: () => plain.averagePool(x, size, channels, side),
      },
    ];
  };
  return [
    ...[
      convolution(112, 32, 1),
      convolution(112, 64, 2),
      convolution(56, 128, 1),
      convolution(14, 512, 1),
      fused(56, 128),
    ],
    ...[...pools(56, 128, 2), ...pools(7, 1280, 7)],
  ];
}

function int8Jobs(operators: Operators): Job[] {
  const [a, b, table] = [int8(COUNT), int8(COUNT).reverse(), int8(256)];
  const scaling = addScaling({ scale: 0.02, zero: 3 }, { scale: 0.013, zero: -7 }, { scale: 0.031, zero: 4 });
  const acc = Int32Array.from(a, (x, i) => x * 9_001 + i);
  const each = (of: (c: number) => number) => Int32Array.from({ length: COLUMNS }, (_, c) => of(c));
  const bias = each((c) => c * 77);
  const multiplier = each((c) => 2 ** 30 + c * 12_345);
  const shift = each((c) => 44 + (c % 3));
  const range = { zero: 4, low: -128, high: 127 };
  const channel = { bias: 5, multiplier: 2 ** 30 + 99, shift: 44 };
  const requantise = (of: (c: number) => typeof channel) => () =>
    Int8Array.from(acc, (x, i) => requantiseReference(x, of(i % COLUMNS), range));
  const at = (values: Int32Array, c: number): number => values[c] as number;
  const channelOf = (c: number) => ({ bias: at(bias, c), multiplier: at(multiplier, c), shift: at(shift, c) });
  return [
    {
      name: 'clamp int8',
      ours: () => operators.clamp(a, 4, 100),
      plainJs: () => plain.mapInt8(a, (x) => Math.max(4, Math.min(100, x))),
    },
    {
      name: 'lookup int8',
      ours: () => operators.lookup(a, table),
      plainJs: () => plain.mapInt8(a, (x) => table[x + 128] as number),
    },
    {
      name: 'add int8',
      ours: () => operators.add(a, b, scaling, range),
      plainJs: () => plain.addInt8(a, b, scaling, range.zero),
    },
    {
      name: 'add bias int32',
      ours: () => operators.addBias(acc, ROWS, COLUMNS, bias),
      plainJs: () => plain.addBias(acc, COLUMNS, bias),
    },
    {
      name: 'requantise by column',
      ours: () => operators.requantise(acc, ROWS, COLUMNS, { bias, multiplier, shift }, range),
      plainJs: requantise(channelOf),
    },
    {
      name: 'requantise by tensor',
      ours: () => operators.requantiseTensor(acc, channel, range),
      plainJs: requantise(() => channel),
    },
  ].map((job) => ({ ...job, elements: COUNT }));
}

function floatJobs(operators: Operators): Job[] {
  const [x, y, q] = [float(COUNT), float(COUNT).reverse(), int8(COUNT)];
  return [
    { name: 'add f32', ours: () => operators.addF32(x, y), plainJs: () => plain.binaryF32(x, y, (a, b) => a + b) },
    {
      name: 'relu f32',
      ours: () => operators.reluF32(x),
      plainJs: () => plain.binaryF32(x, x, (a) => (Number.isNaN(a) || a <= 0 ? 0 : a)),
    },
    {
      name: 'extent and quantise f32',
      ours: () => operators.quantiseTensor(x, 'asymmetric').values,
      plainJs: () => {
        const { low, high } = plain.extent(x);
        const { scale, zero } = scaleOf(low, high);
        return plain.quantise(x, scale, zero);
      },
    },
    {
      name: 'dequantise to f32',
      ours: () => operators.dequantise(q, { scale: 0.0173, zero: 5 }),
      plainJs: () => plain.dequantise(q, 0.0173, 5),
    },
  ].map((job) => ({ ...job, elements: COUNT }));
}

function requireSame({ name, ours, plainJs }: Job): void {
  const [a, b] = [ours(), plainJs()];
  if (a.length !== b.length || a.some((value, i) => value !== b[i])) throw new Error(`${name}: the results differ`);
}

async function measure(job: Job) {
  requireSame(job);
  const samples = await interleave({ ours: job.ours, plainJs: job.plainJs }, ROUNDS);
  return {
    oursGigaPerSecond: rounded(job.elements / median(samples.ours) / 1e6),
    vsPlainJs: rounded(speedUp(samples.plainJs, samples.ours)),
  };
}

export default async function benchOperators(): Promise<void> {
  const operators = createOperators(loadKernel('operators'));
  const jobs = [...imageJobs(operators), ...int8Jobs(operators), ...floatJobs(operators)];
  console.log(`${'operator'.padEnd(38)}${'10^9/s'.padStart(9)}${'x plain JS'.padStart(12)}`);
  const line: Record<string, Awaited<ReturnType<typeof measure>>> = {};
  for (const job of jobs) {
    const figures = await measure(job);
    line[job.name] = figures;
    console.log(
      `${job.name.padEnd(38)}${String(figures.oursGigaPerSecond).padStart(9)}${String(figures.vsPlainJs).padStart(12)}`,
    );
  }
  console.log(JSON.stringify({ operators: line }));
}
