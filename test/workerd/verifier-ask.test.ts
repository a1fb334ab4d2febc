/** Whatever is no answer, or not in time, is left to this isolate; and a verifier that failed is let alone for a while. */
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { answer } from '../../durable-objects/verifier/answer.ts';
import {
  askExecution,
  askSignatures,
  forgetVerifier,
  hasVerifier,
  type VerifierEnv,
} from '../../durable-objects/verifier/ask.ts';
import { SIGNATURE_VERDICTS, VERIFIER_PATHS } from '../../durable-objects/verifier/messages.ts';
import { BLOCK_BYTES_MAX } from '../../protocol/block/block.ts';
import { rightTransfer } from '../support/malformed-transfers.ts';
import { testNetwork } from '../support/network.ts';
import { firstBlock, silent, verifier, withLast } from './verifier-proposals.ts';

const AWAY_MS = 1_000;
const AWAY_MS_MAX = 10_000;
const network = testNetwork('verifier-ask');
const { bytes: genesis } = network;
const transferAt = (nonce: bigint) =>
  rightTransfer({ network, by: network.faucet, nonce, to: network.key('to').key, height: 1n });
const good = transferAt(1n);
const transactions = [good, withLast(transferAt(2n)), good.slice(1)];
const block = { genesis, previous: undefined, ...firstBlock(network, 'asked', 3) };

let told: MockInstance<typeof console.error>;
const tellings = () => told.mock.calls.map(([line]) => JSON.parse(line as string).event);
beforeEach(() => {
  forgetVerifier();
  told = vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  forgetVerifier();
});

const signaturesOf = (env: VerifierEnv) => askSignatures(env, { genesis, transactions });
const executionOf = (env: VerifierEnv) => askExecution(env, block);

describe('a verifier', () => {
  it('says what it found of each signature', async () => {
    const { env } = verifier();
    expect(await signaturesOf(env)).toEqual(['good', 'bad_signature', 'tx_malformed']);
    expect(hasVerifier(env)).toBe(true);
    expect(tellings()).toEqual([]);
  });

  it('says of a block that it is valid, or why not', async () => {
    const { env, asked } = verifier();
    expect(await executionOf(env)).toEqual({ ok: true, value: null });
    expect(await askExecution(env, { ...block, body: new Uint8Array(0) })).toMatchObject({ code: 'block_invalid' });
    expect(await askExecution(env, { ...block, witness: new Uint8Array(0) })).toMatchObject({
      code: 'witness_invalid',
      evidence: expect.any(String),
    });
    expect(asked).toEqual(Array(3).fill(VERIFIER_PATHS.execute));
    // A refusal is an answer.
    expect(hasVerifier(env)).toBe(true);
    expect(tellings()).toEqual([]);
  });

  it('that is not bound is not missed', async () => {
    expect(hasVerifier({})).toBe(false);
    expect([await signaturesOf({}), await executionOf({})]).toEqual([undefined, undefined]);
    expect(tellings()).toEqual([]);
  });

  it('is not asked what does not fit a message, and is there for what does', async () => {
    const { env, asked } = verifier();
    expect(await askExecution(env, { ...block, body: new Uint8Array(BLOCK_BYTES_MAX + 1) })).toBeUndefined();
    expect([asked, tellings(), hasVerifier(env)]).toEqual([[], [], true]);
  });
});

const bytes = (...numbers: number[]) => new Response(Uint8Array.from(numbers));
const failures: [string, () => Response | Promise<Response>][] = [
  ['500', () => new Response('valid', { status: 500 })],
  ['404', () => new Response(null, { status: 404 })],
  ['400', () => new Response(new Uint8Array(3), { status: 400 })],
  [
    'an exception',
    () => {
      throw new Error('gone');
    },
  ],
  ['a body that breaks off', () => new Response(new ReadableStream({ start: (body) => body.error(new Error('cut')) }))],
];

describe.each([
  {
    question: 'signatures',
    ask: signaturesOf,
    answers: [
      ['no verdicts', () => bytes()],
      ['a verdict too few', () => bytes(0, 0)],
      ['a verdict too many', () => bytes(0, 0, 0, 0)],
      ['a number that is no verdict', () => bytes(0, SIGNATURE_VERDICTS.length, 0)],
      ['255', () => bytes(0, 0, 255)],
      ...failures,
    ] as typeof failures,
  },
  {
    question: 'a block',
    ask: executionOf,
    answers: [
      ['nothing', () => new Response('')],
      ['bytes', () => bytes(0)],
      ['null', () => Response.json(null)],
      ['a word', () => Response.json('valid')],
      ['a list', () => Response.json(['valid'])],
      ['an object without a verdict', () => Response.json({})],
      ['valid: false', () => Response.json({ valid: false })],
      ['valid: "no"', () => Response.json({ valid: 'no' })],
      ['a code that is none', () => Response.json({ code: 'no_such_code' })],
      ['a code that is no text', () => Response.json({ code: 605 })],
      ['evidence that is no text', () => Response.json({ code: 'block_invalid', evidence: {} })],
      ...failures,
    ] as typeof failures,
  },
])('$question: no answer is', ({ ask, answers }) => {
  it.each(answers)('%s', async (_, answering) => {
    const { env, asked } = verifier(answering);
    expect(await ask(env)).toBeUndefined();
    expect(asked).toHaveLength(1);
    expect(tellings()).toEqual(['verifier_away']);
    expect(hasVerifier(env)).toBe(false);
  });

  it('silence until the time limit', async () => {
    const limit = new AbortController();
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(limit.signal);
    const { env } = verifier(silent);
    const answered = ask(env);
    limit.abort(new DOMException('too late', 'TimeoutError'));
    expect(await answered).toBeUndefined();
    expect(tellings()).toEqual(['verifier_away']);
    expect(hasVerifier(env)).toBe(false);
  });
});

describe('a verifier that failed', () => {
  it('is let alone for a second, and then asked again', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    let isUp = false;
    const { env, asked } = verifier((request) => (isUp ? answer(request) : new Response(null, { status: 503 })));
    expect(await executionOf(env)).toBeUndefined();
    isUp = true;
    for (const _ of Array(3)) {
      expect([await executionOf(env), await signaturesOf(env)]).toEqual([undefined, undefined]);
    }
    vi.advanceTimersByTime(AWAY_MS - 1);
    expect(await executionOf(env)).toBeUndefined();
    expect([asked.length, hasVerifier(env)]).toEqual([1, false]);
    vi.advanceTimersByTime(1);
    expect(hasVerifier(env)).toBe(true);
    expect(await executionOf(env)).toMatchObject({ ok: true });
    expect(asked).toHaveLength(2);
    expect(tellings()).toEqual(['verifier_away']);
  });

  it('again and again is let alone twice as long each time, up to ten seconds, and told of each time', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    let isUp = false;
    const { env, asked } = verifier((request) => (isUp ? answer(request) : new Response(null, { status: 503 })));
    const failsFor = async (awayMs: number) => {
      const before = asked.length;
      expect([await executionOf(env), await executionOf(env)]).toEqual([undefined, undefined]);
      expect(asked).toHaveLength(before + 1);
      vi.advanceTimersByTime(awayMs - 1);
      expect(hasVerifier(env)).toBe(false);
      vi.advanceTimersByTime(1);
      expect(hasVerifier(env)).toBe(true);
    };
    for (const times of [1, 2, 4, 8]) await failsFor(times * AWAY_MS);
    for (const _ of Array(2)) await failsFor(AWAY_MS_MAX);
    expect(tellings()).toEqual(Array(6).fill('verifier_away'));
    // An answer, and the next failure is a first one.
    isUp = true;
    expect(await executionOf(env)).toMatchObject({ ok: true });
    isUp = false;
    await failsFor(AWAY_MS);
  });

  it('in one question is let alone longer though it answers the other', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { env, asked } = verifier((request) =>
      request.url.endsWith(VERIFIER_PATHS.execute) ? new Response(null, { status: 503 }) : answer(request),
    );
    for (const times of [1, 2, 4]) {
      expect(await signaturesOf(env)).toHaveLength(transactions.length);
      expect(await executionOf(env)).toBeUndefined();
      vi.advanceTimersByTime(times * AWAY_MS - 1);
      expect(hasVerifier(env)).toBe(false);
      vi.advanceTimersByTime(1);
      expect(hasVerifier(env)).toBe(true);
    }
    expect(asked).toHaveLength(6);
  });

  it('is told of once for questions that were under way when it first failed, however late they fail', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const fails: (() => void)[] = [];
    const { env } = verifier(
      () => new Promise((resolve) => fails.push(() => resolve(new Response(null, { status: 503 })))),
    );
    const first = executionOf(env);
    vi.advanceTimersByTime(AWAY_MS);
    const second = executionOf(env);
    await vi.waitFor(() => expect(fails).toHaveLength(2));
    vi.advanceTimersByTime(1);
    fails[0]?.();
    expect(await first).toBeUndefined();
    vi.advanceTimersByTime(AWAY_MS);
    expect(hasVerifier(env)).toBe(true);
    fails[1]?.();
    expect(await second).toBeUndefined();
    expect(hasVerifier(env)).toBe(true);
    expect(tellings()).toEqual(['verifier_away']);
  });

  it('under many questions at once is told of once', async () => {
    const { env, asked } = verifier(() => new Response(null, { status: 503 }));
    expect(await Promise.all(Array.from({ length: 9 }, () => signaturesOf(env)))).toEqual(Array(9).fill(undefined));
    expect(asked).toHaveLength(9);
    expect(tellings()).toEqual(['verifier_away']);
  });
});
