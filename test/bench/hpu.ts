/**
 * `bench -- hpu`: the HPU's products as their callers use them, beside onnxruntime-web, tfjs-wasm, LiteRT.js, onnxruntime-node
 * and plain JavaScript, one thread, interleaved in one process. Every int8 peer's product is compared with ours first.
 * `--workerd` measures the same kernels inside workerd instead (hpu-workerd.ts).
 */
import { loadKernels } from '../../hpu/node.ts';
import { rounded } from './figures.ts';
import { kernelsOf, ownRuns } from './hpu-kernels.ts';
import { HPU_SHAPES, operandsOf, shapeName } from './hpu-shapes.ts';
import { interleave, median, type Run, speedUp } from './interleave.ts';
import { kernelShares } from './kernel-share.ts';
import { loadPeers, type Operands, type Peer, type Prepared, type Shape } from './peers/peer.ts';

const ROUNDS = 15;

const modules = loadKernels();
const kernels = kernelsOf(modules);

/** Throws when an int8 peer computes another product: a faster wrong answer is no yardstick. */
async function requireSame(name: string, prepared: Prepared, expected: Int32Array): Promise<void> {
  const actual = await prepared.result();
  const within = prepared.step ?? 0;
  const at = expected.findIndex((value, i) => !(Math.abs((actual[i] as number) - value) <= within));
  if (actual.length !== expected.length || at >= 0)
    throw new Error(`${name} gives ${actual[at]} at ${at}, not ${expected[at]}`);
}

async function preparedPeers(peers: readonly Peer[], operands: Operands, expected: Int32Array) {
  const runs: Record<string, Run> = {};
  for (const peer of peers) {
    const prepared = await peer.prepare(operands);
    if (!prepared) continue;
    if (peer.kind === 'int8') await requireSame(`${peer.name} ${shapeName(operands.shape)}`, prepared, expected);
    runs[peer.name] = prepared.run;
  }
  return runs;
}

interface Measured {
  readonly shape: Shape;
  readonly samples: Readonly<Record<string, number[]>>;
  readonly kinds: ReadonlyMap<string, Peer['kind']>;
}

async function measure(shape: Shape, peers: readonly Peer[]): Promise<Measured> {
  const operands = operandsOf(shape);
  const own = ownRuns(kernels, operands);
  const runs = await preparedPeers(peers, operands, own.d16() as Int32Array);
  const samples = await interleave({ ...own, ...runs } as Record<string, Run>, ROUNDS);
  return { shape, samples, kinds: new Map(peers.map(({ name, kind }) => [name, kind])) };
}

const gigamacs = ({ m, k, n }: Shape, samples: readonly number[] | undefined): number =>
  samples ? rounded((m * k * n) / 1e6 / median(samples)) : Number.NaN;

/** Of an engine's paths of one kind, the fastest for the shape. */
function bestOf({ samples, kinds }: Measured, engine: string, kind: Peer['kind']): number[] | undefined {
  const paths = Object.entries(samples).filter(([name]) => name.startsWith(engine) && kinds.get(name) === kind);
  return paths.sort(([, x], [, y]) => median(x) - median(y))[0]?.[1];
}

function ratioOf(peer: readonly number[] | undefined, own: readonly number[] | undefined): number | null {
  return peer && own ? Number(speedUp(peer, own).toFixed(2)) : null;
}

function ratiosOf(all: readonly Measured[]) {
  const web = 'onnxruntime-web';
  const byShape = (ratio: (measured: Measured) => number | null) =>
    Object.fromEntries(all.map((measured) => [shapeName(measured.shape), ratio(measured)]));
  return {
    d16VsOrtWebBest: byShape((one) => ratioOf(bestOf(one, web, 'int8'), one.samples.d16)),
    r16VsOrtWebBest: byShape((one) => ratioOf(bestOf(one, web, 'int8'), one.samples.r16)),
    f32VsOrtWeb: byShape((one) => ratioOf(bestOf(one, web, 'f32'), one.samples.f32)),
    f32VsTfjs: byShape((one) => ratioOf(bestOf(one, 'tfjs', 'f32'), one.samples.f32)),
    d16VsLiteRt: byShape((one) => ratioOf(bestOf(one, 'LiteRT', 'int8'), one.samples.d16)),
    d16VsPlainJs: byShape((one) => ratioOf(one.samples['plain JS'], one.samples.d16)),
    d16VsOrtNode: byShape((one) => ratioOf(bestOf(one, 'onnxruntime-node', 'int8'), one.samples.d16)),
  };
}

function tell({ shape, samples }: Measured): void {
  const cells = Object.entries(samples).map(([name, sample]) => `${name} ${gigamacs(shape, sample)}`);
  console.log(`${shapeName(shape).padEnd(22)}${cells.join(' | ')}`);
}

export default async function benchHpu(args: readonly string[]): Promise<void> {
  if (args.includes('--workerd')) return (await import('./hpu-workerd.ts')).benchWorkerd(kernels);
  const { peers, missing } = await loadPeers();
  for (const line of missing) console.log(`!! not measured: ${line}`);
  console.log('GMAC/s, one thread, as called with packed weights and one array for the results:');
  const all: Measured[] = [];
  for (const shape of HPU_SHAPES) {
    all.push(await measure(shape, peers));
    tell(all.at(-1) as Measured);
  }
  const ratios = ratiosOf(all);
  console.log('\ntimes as fast (median of the rounds):');
  for (const [name, byShape] of Object.entries(ratios)) {
    const cells = Object.entries(byShape).map(([shape, ratio]) => `${shape} ${ratio ?? '-'}`);
    console.log(`${name.padEnd(18)}${cells.join(' | ')}`);
  }
  const shareOfRegisterLoop = await kernelShares(modules);
  console.log(`\nshare of the register-only loop at 256^3: ${JSON.stringify(shareOfRegisterLoop)}`);
  const shapes = all.map(({ shape, samples }) => {
    const { d16, r16, f32, ...rest } = samples;
    const peerRates = Object.fromEntries(Object.entries(rest).map(([name, sample]) => [name, gigamacs(shape, sample)]));
    const { m, k, n } = shape;
    return {
      m,
      k,
      n,
      ...(shape.conv && { conv: shape.conv }),
      d16: gigamacs(shape, d16),
      r16: r16 ? gigamacs(shape, r16) : null,
      f32: gigamacs(shape, f32),
      peers: peerRates,
    };
  });
  console.log(JSON.stringify({ shapes, ratios, shareOfRegisterLoop }));
}
