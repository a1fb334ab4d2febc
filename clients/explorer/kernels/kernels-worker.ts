/** Runs the HPU kernels off the page's thread: the very modules and executors that the network's consumers run. */

import { createHpu, type KernelModules } from '../../../hpu/hpu.ts';
import { calibrateRelaxedDot } from '../../../hpu/product/calibrate.ts';
import { decodeBundle } from '../../../ml/bundle/bundle.ts';
import { predictBundle } from '../../../ml/bundle/predict.ts';
import { encodePrediction as encodeBundlePrediction } from '../../../ml/bundle/prediction.ts';
import { type AllModules, digestOf, digestParts } from '../../../ml/digest/suite.ts';
import { Meter } from '../../../ml/meter.ts';
import { decodeModel } from '../../../ml/mlp/model.ts';
import { predictInt8 } from '../../../ml/mlp/predict.ts';
import { encodePrediction } from '../../../ml/mlp/prediction.ts';
import { decodeTypedTable } from '../../../ml/table/canonical.ts';
import { createTrainerKernels } from '../../../ml/trainers/kernels.ts';
import type { Job, JobAnswer, JobDone, JobRequest, KernelUrls } from './jobs.ts';

async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** Undefined in a browser without relaxed SIMD: the others give the same results. */
async function compileRelaxed(url: string): Promise<WebAssembly.Module | undefined> {
  try {
    return await compile(url);
  } catch (fault) {
    if (fault instanceof WebAssembly.CompileError) return undefined;
    throw fault;
  }
}

async function kernelsAt(urls: KernelUrls): Promise<KernelModules> {
  const [gemm, freivalds, float, relaxed] = await Promise.all([
    compile(urls.gemm),
    compile(urls.freivalds),
    compile(urls.float),
    compileRelaxed(urls.relaxed),
  ]);
  return { gemm, freivalds, float, ...(relaxed && { relaxed }) };
}

/** The digest alone needs them all. */
async function allKernelsAt(urls: KernelUrls): Promise<AllModules> {
  const [modules, operators, sha256] = await Promise.all([
    kernelsAt(urls),
    compile(urls.operators),
    compile(urls.sha256),
  ]);
  return { ...modules, operators, sha256 };
}

/** Values are those of the network to the bit, so the bytes are. */
async function predictByBundle(urls: KernelUrls, bundle: Uint8Array, rows: Uint8Array): Promise<JobDone> {
  const [float, linear, trees, network, gemm, freivalds] = await Promise.all([
    compile(urls.float),
    compile(urls.linear),
    compile(urls.trees),
    compile(urls.network),
    compile(urls.gemm),
    compile(urls.freivalds),
  ]);
  const decoded = decodeBundle(bundle);
  if (!decoded.ok) throw new Error(`the bundle does not decode: ${decoded.evidence}`);
  const table = decodeTypedTable(rows);
  if (!table.ok) throw new Error(`the rows do not decode: ${table.evidence}`);
  const meter = new Meter();
  const kernels = createTrainerKernels({ float, linear, trees, network, gemm, freivalds });
  const predicted = predictBundle(kernels, decoded.value, table.value, meter);
  return { kind: 'bundle', result: encodeBundlePrediction(predicted), cycles: meter.cycles.toString() };
}

async function run(urls: KernelUrls, job: Job): Promise<JobDone> {
  if (job.kind === 'digest') {
    const parts = digestParts(await allKernelsAt(urls));
    return { kind: 'digest', digest: digestOf(parts), parts };
  }
  if (job.kind === 'bundle') return predictByBundle(urls, job.bundle, job.rows);
  const modules = await kernelsAt(urls);
  const model = decodeModel(job.model);
  if (!model.ok) throw new Error(`the model does not decode: ${model.evidence}`);
  const hpu = createHpu(modules, { chooseDot: () => calibrateRelaxedDot(modules, () => performance.now()) });
  const predicted = predictInt8(hpu, model.value, job.x, job.rows);
  const result = encodePrediction(predicted, model.value.shape.classes);
  return { kind: 'predict', result, cycles: predicted.cycles.toString() };
}

async function answer({ urls, job }: JobRequest): Promise<JobAnswer> {
  try {
    return await run(urls, job);
  } catch (error) {
    return { kind: 'fault', message: String(error) };
  }
}

addEventListener('message', async ({ data }: MessageEvent<JobRequest>) => postMessage(await answer(data)));
