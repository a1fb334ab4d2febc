/** A search watched at a terminal, and what a stop there comes to. */
import { describe, expect, it, vi } from 'vitest';
import { EXIT, Interrupted, Refusal, toldError } from '../../../clients/cli/exit-codes.ts';
import { Output } from '../../../clients/cli/output.ts';
import { followSearch } from '../../../clients/cli/search/follow-search.ts';
import { LiveBoard } from '../../../clients/cli/search/live-board.ts';
import type { SearchFile } from '../../../clients/cli/search-files.ts';
import type { Client } from '../../../clients/sdk/client.ts';
import { HaiError, UnreachableError } from '../../../clients/sdk/errors.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import { runHai } from './captured-io.ts';

const ID = '07'.repeat(32);
const file = { kind: 'search', order: ID, contentKey: new Uint8Array(32) } as unknown as SearchFile;
const at = (state: WireOrder['state']) => ({ id: ID, state, final: false }) as WireOrder;
const NO_JOBS = { jobs: [], attempt: 1, resume: '' };

/** Ctrl-C comes while the search runs; after that its order is `next`. */
function stopped(next: WireOrder['state'], stop: (() => Promise<void>) | undefined, answer: boolean | Error = true) {
  const interruption = new AbortController();
  let stderr = '';
  const io = {
    stdout: () => {},
    stderr: (text: string) => {
      stderr += text;
    },
    env: {},
    terminal: { stdout: true, stderr: true, stdin: true },
    signal: interruption.signal,
  };
  const out = new Output(io, false);
  const client = {
    async *watchSearch(_id: string, _key: Uint8Array, signal?: AbortSignal) {
      if (!signal) yield { order: at(next), jobs: NO_JOBS };
      interruption.abort(new Interrupted('stopped'));
      signal?.throwIfAborted();
    },
  } as unknown as Client;
  const ask = vi.fn(() => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)));
  const board = new LiveBoard(out, { metric: 'accuracy', trials: 1, budget: 1n, events: false });
  const followed = { file, board, until: 'checked', known: at('matched'), ...(stop ? { stop } : {}) } as const;
  return { done: followSearch(client, { io, out }, followed, ask), ask, told: () => stderr };
}

const refusing = (error: Error) => () => Promise.reject(error);

describe('a stop that was agreed to', () => {
  it('ends with the model of what was done', async () => {
    const stop = vi.fn(() => Promise.resolve());
    expect(await stopped('checked', stop).done).toMatchObject({ state: 'checked' });
    expect(stop).toHaveBeenCalledOnce();
  });

  it('comes too late for a search that ended meanwhile, whose model is there', async () => {
    const late = refusing(new HaiError('illegal_transition', { detail: 'checked' }));
    expect(await stopped('checked', late).done).toMatchObject({ state: 'checked' });
  });

  it.each([
    ['problem', new HaiError('not_authorised')],
    ['unreachable', new UnreachableError('no answer')],
  ] as const)('and is refused (%s) is told as that, and that the search goes on', async (kind, error) => {
    const { done, told } = stopped('checked', refusing(error));
    expect(toldError(await done.catch((thrown: unknown) => thrown)).kind).toBe(kind);
    expect(told()).toContain(`hai order stop ${ID}`);
  });

  it('of a search that ends without a model is a refusal, no interruption', async () => {
    await expect(stopped('unserved', () => Promise.resolve()).done).rejects.toThrow(Refusal);
  });
});

describe('whoever does not stop it', () => {
  it.each([[false], [new Interrupted('stopped')]])('hears how to later (%s)', async (answer) => {
    const stop = vi.fn(() => Promise.resolve());
    await expect(stopped('checked', stop, answer).done).rejects.toThrow(`hai order stop ${ID}`);
    expect(stop).not.toHaveBeenCalled();
  });

  it('is not asked where only the payer could', async () => {
    const { done, ask } = stopped('checked', undefined);
    await expect(done).rejects.toThrow('its payer may stop it');
    expect(ask).not.toHaveBeenCalled();
  });
});

it('a refusal after a stop is told as what it is, the stop itself as an interruption', async () => {
  const signal = AbortSignal.abort(new Interrupted('stopped'));
  const env = { XDG_CONFIG_HOME: '/nowhere' };
  expect((await runHai(['order', 'result', ID], { env, signal })).exit).toBe(EXIT.refused);
  const fetch = (() => Promise.reject(signal.reason)) as typeof globalThis.fetch;
  expect((await runHai(['order', 'watch', ID], { env, signal, fetch })).exit).toBe(EXIT.interrupted);
});
