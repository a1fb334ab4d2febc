import { describe, expect, it } from 'vitest';
import { mediaTypeOf, readBounded } from '../../../workers/api/body.ts';

/** A body of these chunks; `read` counts those that were taken from it. */
function incoming(chunks: readonly number[], contentLength?: string) {
  const state = { read: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const length = chunks[state.read];
        if (length === undefined) return controller.close();
        controller.enqueue(new Uint8Array(length).fill(state.read + 1));
        state.read += 1;
      },
      cancel() {
        state.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const headers = new Headers(contentLength === undefined ? {} : { 'content-length': contentLength });
  return { request: { headers, body }, state };
}

const bound = { bytesMax: 100, lengthRequired: false };

describe('a body within its bound', () => {
  it.each([
    ['in one chunk', [60]],
    ['in many', [1, 2, 3, 50, 44]],
    ['of nothing', []],
    ['exactly at the bound', [100]],
  ])('is read %s', async (_, chunks) => {
    const expected = chunks.flatMap((length, i) => new Array<number>(length).fill(i + 1));
    for (const length of [undefined, String(expected.length)]) {
      const read = await readBounded(incoming(chunks, length).request, bound);
      expect(read.ok && [...read.value]).toEqual(expected);
    }
  });

  it('may be shorter than its Content-Length says', async () => {
    const read = await readBounded(incoming([3], '50').request, bound);
    expect(read.ok && read.value.length).toBe(3);
  });

  it('may be absent', async () => {
    const read = await readBounded({ headers: new Headers(), body: null }, bound);
    expect(read.ok && read.value.length).toBe(0);
  });
});

describe('an oversize body', () => {
  it.each(['101', '999999999999999', '9'.repeat(40), '-1', '1e3', ''])(
    'of Content-Length %j is refused before a byte is read',
    async (length) => {
      const { request, state } = incoming([1], length);
      expect(await readBounded(request, bound)).toMatchObject({ ok: false, code: 'body_too_large' });
      expect(state.read).toBe(0);
    },
  );

  it('without a Content-Length is refused at the chunk that passes the bound, and let go of', async () => {
    const { request, state } = incoming([60, 60, 60]);
    expect(await readBounded(request, bound)).toMatchObject({ ok: false, code: 'body_too_large' });
    expect(state).toEqual({ read: 2, cancelled: true });
  });

  it('that is longer than its Content-Length is refused, though the bound would take it', async () => {
    const { request } = incoming([5, 5], '9');
    expect(await readBounded(request, bound)).toMatchObject({ ok: false, code: 'body_too_large' });
  });

  it('of unknown length is refused unread where the length is required', async () => {
    const { request, state } = incoming([1]);
    const refused = await readBounded(request, { bytesMax: 100, lengthRequired: true });
    expect(refused).toMatchObject({ ok: false, code: 'length_required' });
    expect(state.read).toBe(0);
  });
});

it.each([
  ['application/json', 'application/json'],
  ['Application/JSON; charset=utf-8', 'application/json'],
  [' text/plain ', 'text/plain'],
  ['', ''],
  [null, ''],
])('media type of %j is %j', (header, expected) => {
  expect(mediaTypeOf(header)).toBe(expected);
});
