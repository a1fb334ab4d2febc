/** Runs the HPU kernels off the page's thread: the very modules and executors that the network's consumers run. */

import { createHpu, type KernelModules } from '../../../hpu/hpu.ts';
import { digestParts, digestSuite } from '../../../ml/digest.ts';
import { decodeModel } from '../../../ml/mlp/model.ts';
import { predictInt8 } from '../../../ml/mlp/predict.ts';
import { encodePrediction } from '../../../ml/mlp/prediction.ts';
import type { Job, JobAnswer, JobDone, JobRequest, KernelUrls } from './jobs.ts';

async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
}

async function kernelsAt({ gemm, freivalds, float }: KernelUrls): Promise<KernelModules> {
  const [one, two, three] = await Promise.all([compile(gemm), compile(freivalds), compile(float)]);
  return { gemm: one, freivalds: two, float: three };
}

function run(modules: KernelModules, job: Job): JobDone {
  if (job.kind === 'digest') return { kind: 'digest', digest: digestSuite(modules), parts: digestParts(modules) };
  const model = decodeModel(job.model);
  if (!model.ok) throw new Error(`the model does not decode: ${model.evidence}`);
  const predicted = predictInt8(createHpu(modules), model.value, job.x, job.rows);
  const result = encodePrediction(predicted, model.value.shape.classes);
  return { kind: 'predict', result, cycles: predicted.cycles.toString() };
}

async function answer({ urls, job }: JobRequest): Promise<JobAnswer> {
  try {
    return run(await kernelsAt(urls), job);
  } catch (error) {
    return { kind: 'fault', message: String(error) };
  }
}

addEventListener('message', async ({ data }: MessageEvent<JobRequest>) => postMessage(await answer(data)));
