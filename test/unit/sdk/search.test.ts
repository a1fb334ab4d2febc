/** A search followed: summaries open under the order's key, and nothing else passes for one. */
import { base64 } from '@scure/base';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../clients/sdk/context.ts';
import { endpointCalls } from '../../../clients/sdk/endpoints.ts';
import { UntrustedError } from '../../../clients/sdk/errors.ts';
import { scoreText } from '../../../clients/sdk/score-text.ts';
import { jobsOf } from '../../../clients/sdk/search.ts';
import { createTransport } from '../../../clients/sdk/transport.ts';
import type { WireJobs } from '../../../protocol/wire.ts';
import { newContentKey, sealContent } from '../../../sealing/content.ts';

const ID = '03'.repeat(32);
const SUMMARY = new TextEncoder().encode('{"index":0}');

function answering(jobs: WireJobs) {
  return createTransport('http://network', () => Promise.resolve(Response.json(jobs)));
}

const told = (summary: string | null): WireJobs => ({
  budget: '2000000000',
  cycles: '123',
  stopped: false,
  jobs: [{ index: 0, round: 0, state: summary === null ? 'running' : 'done', cycles: '123', summary }],
});

describe('the jobs of a search', () => {
  it('come with their summaries opened, those that run without one', async () => {
    const key = newContentKey();
    const sealed = base64.encode(await sealContent(key, 'summary', SUMMARY));
    const { jobs, budget, cycles } = await jobsOf(answering(told(sealed)), ID, key);
    expect([budget, cycles]).toEqual([2_000_000_000n, 123n]);
    expect(jobs).toEqual([{ index: 0, round: 0, state: 'done', cycles: 123n, summary: SUMMARY }]);
    expect((await jobsOf(answering(told(null)), ID, key)).jobs[0]?.summary).toBeUndefined();
  });

  it('are refused with a summary under another key, or with something else under this one', async () => {
    const key = newContentKey();
    for (const sealed of [
      await sealContent(newContentKey(), 'summary', SUMMARY),
      await sealContent(key, 'result', SUMMARY),
    ]) {
      await expect(jobsOf(answering(told(base64.encode(sealed))), ID, key)).rejects.toThrow(UntrustedError);
    }
  });
});

it('a name that is none is refused before anything is asked', async () => {
  const transport = createTransport('http://network', () => Promise.reject(new TypeError('asked')));
  const context = { transport, account: () => ({ address: 'hai1x' }) } as unknown as Context;
  const { endpoint, deployEndpoint } = endpointCalls(context);
  const refused = { code: 'invalid_field', param: 'name' };
  await expect(endpoint('No Name')).rejects.toMatchObject(refused);
  await expect(deployEndpoint('a--b', ID)).rejects.toMatchObject(refused);
});

it('scores are written in their measure’s own sign', () => {
  expect([scoreText('logLoss', -0.25), scoreText('r2', -0.25), scoreText('mae', -1234.5678)]).toEqual([
    '0.2500',
    '-0.2500',
    '1234.6',
  ]);
});
