/** One job in a worker of its own: the kernels' memory goes when the job is done. */
import { assetUrls } from '../asset-urls.ts';
import type { Job, JobAnswer, JobDone, JobRequest } from './jobs.ts';

type DoneOf<K extends Job['kind']> = K extends 'digest'
  ? Extract<JobDone, { kind: 'digest' }>
  : Exclude<JobDone, { kind: 'digest' }>;

/** Rejects with the worker's own words. */
export async function runJob<J extends Job>(job: J): Promise<DoneOf<J['kind']>> {
  const { worker: workerUrl, ...urls } = assetUrls;
  const worker = new Worker(workerUrl, { type: 'module' });
  try {
    const answer = await new Promise<JobAnswer>((resolve, reject) => {
      worker.addEventListener('message', ({ data }: MessageEvent<JobAnswer>) => resolve(data));
      worker.addEventListener('error', ({ message }) => reject(new Error(`the kernels' worker: ${message}`)));
      worker.postMessage({ urls, job } satisfies JobRequest);
    });
    if (answer.kind === 'fault') throw new Error(answer.message);
    return answer as DoneOf<J['kind']>;
  } finally {
    worker.terminate();
  }
}
