import { describe, expect, it } from 'vitest';
import { HaiError, UnreachableError, UntrustedError } from '../../../clients/sdk/errors.ts';
import { createTransport, newIdempotencyKey, queryOf } from '../../../clients/sdk/transport.ts';

type Answer = Response | Error;

/** Answers each request by the next of `answers`, and keeps what was sent. */
function scripted(...answers: Answer[]) {
  const sent: { url: string; method: string; headers: Headers; body: string }[] = [];
  const fetcher: typeof fetch = async (url, init) => {
    const body = init?.body instanceof Uint8Array ? new TextDecoder().decode(init.body) : '';
    sent.push({ url: String(url), method: init?.method ?? '', headers: new Headers(init?.headers), body });
    const answer = answers[Math.min(sent.length, answers.length) - 1] as Answer;
    if (answer instanceof Error) throw answer;
    return answer.clone();
  };
  return { sent, transport: createTransport('http://network/', fetcher) };
}

const problem = (number: number, status: number, headers: Record<string, string> = {}) =>
  Response.json({ number, status, code: 'x', detail: 'why', param: 'p', request_id: 'r' }, { status, headers });
const cut = new TypeError('fetch failed');
const post = { method: 'POST', path: '/v1/x', body: { a: 1 }, idempotencyKey: 'k' } as const;

describe('a request', () => {
  it('carries its body, key and preferences', async () => {
    const { sent, transport } = scripted(Response.json({ ok: true }));
    expect(await transport.json({ ...post, waitSeconds: 5, preferAsync: true })).toEqual({ ok: true });
    expect(sent[0]).toMatchObject({ url: 'http://network/v1/x', method: 'POST', body: '{"a":1}' });
    expect(Object.fromEntries(sent[0]?.headers ?? [])).toEqual({
      'content-type': 'application/json',
      'idempotency-key': 'k',
      prefer: 'wait=5, respond-async',
    });
  });

  it('sends bytes as bytes', async () => {
    const { sent, transport } = scripted(new Response('done'));
    expect(await transport.text({ method: 'POST', path: '/b', body: new TextEncoder().encode('raw') })).toBe('done');
    expect(sent[0]).toMatchObject({ body: 'raw' });
    expect(sent[0]?.headers.get('content-type')).toBe('application/octet-stream');
  });

  it('has no preference and no key unless given', async () => {
    const { sent, transport } = scripted(Response.json(1));
    await transport.json({ method: 'GET', path: '/g', waitSeconds: 0 });
    expect(Object.fromEntries(sent[0]?.headers ?? [])).toEqual({});
  });

  it('makes a new key each time', () => {
    const keys = Array.from({ length: 50 }, newIdempotencyKey);
    expect(new Set(keys).size).toBe(50);
    expect(keys.every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
  });

  it('writes only the queries that have a value', () => {
    expect(queryOf({ a: 1, b: undefined, c: 'x y' })).toBe('?a=1&c=x+y');
    expect(queryOf({ a: undefined })).toBe('');
  });
});

describe('an answer', () => {
  /** Bytes without end, until nobody reads them; counts what was taken. */
  function endless() {
    let taken = 0;
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        taken += 1000;
        controller.enqueue(new Uint8Array(1000).fill(0x20));
      },
      cancel() {
        cancelled = true;
      },
    });
    let asked = 0;
    const fetcher: typeof fetch = async () => {
      asked++;
      return new Response(body);
    };
    return { transport: createTransport('http://network', fetcher), seen: () => ({ taken, cancelled, asked }) };
  }
  const get = { method: 'GET', path: '/g' } as const;

  it('is taken up to its bound, and no byte above', async () => {
    const { transport } = scripted(new Response('12345'));
    expect(await transport.text({ ...get, answerBytesMax: 5 })).toBe('12345');
    expect(await transport.bytes({ ...get, answerBytesMax: 5 })).toHaveLength(5);
    expect(await transport.json({ ...get, answerBytesMax: 5 })).toBe(12345);
    for (const read of [transport.text, transport.bytes, transport.json])
      await expect(read({ ...get, answerBytesMax: 4 })).rejects.toThrow(UntrustedError);
    expect(await scripted(new Response(null)).transport.bytes(get)).toHaveLength(0);
  });

  it.each(['text', 'bytes', 'json'] as const)(
    'as %s that does not end is left, and not asked for again',
    async (kind) => {
      const { transport, seen } = endless();
      await expect(transport[kind]({ ...get, answerBytesMax: 10_000 })).rejects.toThrow('longer than 10000 bytes');
      expect(seen()).toMatchObject({ cancelled: true, asked: 1 });
      // The stream may have made one part ahead.
      expect(seen().taken).toBeLessThanOrEqual(12_000);
      const unbounded = endless();
      await expect(unbounded.transport[kind](get)).rejects.toThrow(UntrustedError);
    },
  );

  it('that is a refusal of any length is still one', async () => {
    const long = new Response('x'.repeat(70_000), { status: 422 });
    await expect(scripted(long).transport.json(get)).rejects.toMatchObject({ code: 'internal', status: 422 });
  });
});

describe('a fault on the way', () => {
  it('is repeated with the same body under the same key', async () => {
    const { sent, transport } = scripted(cut, cut, Response.json({ ok: true }));
    expect(await transport.json(post)).toEqual({ ok: true });
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(({ body, headers }) => `${headers.get('idempotency-key')} ${body}`))).toEqual(
      new Set(['k {"a":1}']),
    );
  });

  it('is given up after three repeats', async () => {
    const { sent, transport } = scripted(cut);
    await expect(transport.json(post)).rejects.toThrow(UnreachableError);
    expect(sent).toHaveLength(4);
  });

  it('is not repeated for a POST that no key makes safe', async () => {
    const { sent, transport } = scripted(cut);
    await expect(transport.json({ method: 'POST', path: '/v1/x', body: {} })).rejects.toThrow(UnreachableError);
    expect(sent).toHaveLength(1);
  });

  it('in the middle of an answer counts as none', async () => {
    const broken = new ReadableStream({ start: (controller) => controller.error(new TypeError('terminated')) });
    const fetcher: typeof fetch = () => Promise.resolve(new Response(broken));
    const transport = createTransport('http://network', fetcher);
    await expect(transport.json({ method: 'POST', path: '/v1/x', body: {} })).rejects.toThrow(UnreachableError);
  });

  it("is the caller's own when the caller stops", async () => {
    const controller = new AbortController();
    const fetcher: typeof fetch = (_, init) => {
      controller.abort(new Error('mine'));
      return Promise.reject(init?.signal?.reason as Error);
    };
    const transport = createTransport('http://network', fetcher);
    const request = { method: 'GET', path: '/', signal: controller.signal } as const;
    await expect(transport.json(request)).rejects.toThrow('mine');
  });
});

describe('a refusal', () => {
  it('is thrown with everything that the problem says', async () => {
    const { sent, transport } = scripted(problem(303, 402));
    const error = await transport.json(post).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HaiError);
    expect(error).toMatchObject({
      code: 'insufficient_balance',
      number: 303,
      status: 402,
      retryable: false,
      detail: 'why',
      param: 'p',
      requestId: 'r',
    });
    expect(sent).toHaveLength(1);
  });

  it.each([109, 800, 801, 804])('%i is transient and repeated', async (number) => {
    const { sent, transport } = scripted(problem(number, 503), Response.json({ ok: true }));
    expect(await transport.json(post)).toEqual({ ok: true });
    expect(sent).toHaveLength(2);
  });

  it('is not repeated where another request has to come first', async () => {
    for (const number of [302, 305, 306, 415]) {
      const { sent, transport } = scripted(problem(number, 409));
      await expect(transport.json(post)).rejects.toMatchObject({ number, retryable: true });
      expect(sent).toHaveLength(1);
    }
  });

  it('without a problem document still is one', async () => {
    const { transport } = scripted(new Response('<html>bad gateway</html>', { status: 418 }));
    const request = { method: 'POST', path: '/v1/x', body: {} } as const;
    await expect(transport.json(request)).rejects.toMatchObject({ code: 'internal', status: 418 });
  });
});
