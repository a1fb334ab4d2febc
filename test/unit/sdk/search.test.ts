/** A search followed: summaries open under the order's key, and nothing else passes for one. */
import { base64 } from '@scure/base';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Context } from '../../../clients/sdk/context.ts';
import { endpointCalls } from '../../../clients/sdk/endpoints.ts';
import { UnreachableError, UntrustedError } from '../../../clients/sdk/errors.ts';
import { scoreText } from '../../../clients/sdk/score-text.ts';
import { jobReader, searchCalls } from '../../../clients/sdk/search.ts';
import { createTransport } from '../../../clients/sdk/transport.ts';
import type { WireJob, WireJobs } from '../../../protocol/wire.ts';
import { newContentKey, sealContent } from '../../../sealing/content.ts';

const ID = '03'.repeat(32);
const SUMMARY = new TextEncoder().encode('{"index":0}');

function answering(jobs: WireJobs) {
  return createTransport('http://network', () => Promise.resolve(Response.json(jobs)));
}

const job = (index: number, summary: string | null): WireJob => ({
  index,
  round: 0,
  state: summary === null ? 'running' : 'done',
  cycles: '123',
  summary,
});

const page = (jobs: WireJob[], change: Partial<WireJobs> = {}): WireJobs => ({
  attempt: 1,
  budget: '2000000000',
  cycles: '123',
  stopped: false,
  jobs,
  next: null,
  resume: 'begin',
  ...change,
});

const told = (summary: string | null): WireJobs => page([job(0, summary)]);

/** A network that answers by cursor, each page under a tag of its own; what it was asked is in `asked`. */
function paging(pages: Record<string, WireJobs>) {
  const asked: string[] = [];
  const transport = createTransport('http://network', (input, init) => {
    const cursor = new URL(String(input)).searchParams.get('cursor') ?? '';
    const body = JSON.stringify(pages[cursor]);
    const isSame = new Headers(init?.headers).get('if-none-match') === body;
    asked.push(isSame ? `${cursor} same` : cursor);
    return Promise.resolve(
      isSame ? new Response(null, { status: 304 }) : new Response(body, { headers: { etag: body } }),
    );
  });
  return { transport, asked };
}

describe('the jobs of a search', () => {
  it('come with their summaries opened, those that run without one', async () => {
    const key = newContentKey();
    const sealed = base64.encode(await sealContent(key, 'summary', SUMMARY));
    const { jobs, budget, cycles } = await jobReader(answering(told(sealed)), ID, key)();
    expect([budget, cycles]).toEqual([2_000_000_000n, 123n]);
    expect(jobs).toEqual([{ index: 0, round: 0, state: 'done', cycles: 123n, summary: SUMMARY }]);
    expect((await jobReader(answering(told(null)), ID, key)()).jobs[0]?.summary).toBeUndefined();
  });

  it('are read page by page, and on from behind what is over; what has not changed is not sent again', async () => {
    const key = newContentKey();
    const sealed = base64.encode(await sealContent(key, 'summary', SUMMARY));
    const done = (index: number): WireJob => job(index, sealed);
    const pages = {
      '': page([done(0), done(1)], { next: 'two', resume: 'two' }),
      two: page([done(2), job(3, null)], { resume: 'three' }),
      three: page([done(3), job(4, null)], { resume: 'four' }),
      four: page([job(4, null)], { resume: 'four' }),
    };
    const { transport, asked } = paging(pages);
    const read = jobReader(transport, ID, key);
    const states = async () => (await read()).jobs.map(({ index, state }) => `${index} ${state}`);
    expect(await states()).toEqual(['0 done', '1 done', '2 done', '3 running']);
    expect(await states()).toEqual(['0 done', '1 done', '2 done', '3 done', '4 running']);
    await read();
    expect((await read()).jobs.every(({ summary }, i) => (summary === undefined) === (i === 4))).toBe(true);
    expect(asked).toEqual(['', 'two', 'three', 'four', 'four same']);
    const later = await jobReader(transport, ID, key, 'three')();
    expect(later.jobs.map(({ index }) => index)).toEqual([3, 4]);
  });

  it('of another attempt replace those of the one before', async () => {
    const pages: Record<string, WireJobs> = { '': page([job(0, null), job(1, null)], { resume: 'begin' }) };
    const { transport } = paging(pages);
    const read = jobReader(transport, ID, newContentKey());
    expect((await read()).jobs).toHaveLength(2);
    pages.begin = page([job(0, null)], { attempt: 2 });
    expect(await read()).toMatchObject({ attempt: 2, jobs: [{ index: 0 }] });
  });

  it('are not read on without end', async () => {
    const { transport, asked } = paging({ '': page([], { next: 'on' }), on: page([], { next: 'on' }) });
    await jobReader(transport, ID, newContentKey())();
    expect(asked).toHaveLength(64);
  });

  it('are refused with a summary under another key, or with something else under this one', async () => {
    const key = newContentKey();
    for (const sealed of [
      await sealContent(newContentKey(), 'summary', SUMMARY),
      await sealContent(key, 'result', SUMMARY),
    ]) {
      await expect(jobReader(answering(told(base64.encode(sealed))), ID, key)()).rejects.toThrow(UntrustedError);
    }
  });
});

describe('a watched search', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Its events are there; of its jobs the first `away` requests find nobody. */
  async function watched(away: number, answer: () => Response = () => Response.json(told(null))) {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    let asked = 0;
    const event = `event: order\nid: 1\ndata: ${JSON.stringify({ final: true })}\n\n`;
    const transport = createTransport('http://network', async (input) => {
      if (String(input).endsWith('/events')) return new Response(event);
      if (asked++ < away) throw new TypeError('fetch failed');
      return answer();
    });
    const calls = searchCalls({ transport } as Context);
    const seen = (async () => {
      const states: number[] = [];
      for await (const { jobs } of calls.watchSearch(ID, newContentKey())) states.push(jobs.jobs.length);
      return states;
    })().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(600_000);
    return { seen: await seen, asked };
  }

  it('goes on when the network was away for longer than one request repeats', async () => {
    expect(await watched(6)).toEqual({ seen: [1], asked: 7 });
  });

  it('is given up when the network stays away, and at once for an answer that is false', async () => {
    const { seen, asked } = await watched(Number.POSITIVE_INFINITY);
    expect(seen).toBeInstanceOf(UnreachableError);
    expect(asked).toBe(32);
    const sealed = base64.encode(await sealContent(newContentKey(), 'summary', SUMMARY));
    const lied = await watched(0, () => Response.json(told(sealed)));
    expect(lied.seen).toBeInstanceOf(UntrustedError);
    expect(lied.asked).toBe(1);
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

it('an endpoint whose order is none, or whose answering version is not there, is not taken', async () => {
  const endpoint = { owner: 'hai1x', name: 'n', active: 1, versions: [{ version: 1, order: ID }] };
  const calls = (told: object) =>
    endpointCalls({
      transport: createTransport('http://network', () => Promise.resolve(Response.json(told))),
      account: () => ({ address: 'hai1x' }),
    } as unknown as Context);
  expect(await calls(endpoint).endpoint('n')).toEqual(endpoint);
  for (const change of [{ versions: [{ version: 1, order: '../../x' }] }, { active: 2 }, { name: '../n' }]) {
    const told = { ...endpoint, ...change };
    await expect(calls(told).endpoint('n')).rejects.toThrow(UntrustedError);
    await expect(calls({ endpoints: [told], next: null }).endpoints()).rejects.toThrow(UntrustedError);
  }
});

it('scores are written in their measure’s own sign', () => {
  expect([scoreText('logLoss', -0.25), scoreText('r2', -0.25), scoreText('mae', -1234.5678)]).toEqual([
    '0.2500',
    '-0.2500',
    '1234.6',
  ]);
});
