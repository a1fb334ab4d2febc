/**
 * HTTP to one network: JSON and bytes, Idempotency-Key, and safe retries. A request is repeated only with the same body under
 * the same key, so that it takes effect once however often it is sent.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { ErrorCode } from '../../protocol/errors.ts';
import { boundedBytes, boundedText, TooLongError } from './bounded-body.ts';
import { errorOfResponse, HaiError, UnreachableError, UntrustedError } from './errors.ts';

/** Repeats after the first try, and the first pause before one; each pause is twice the one before. */
const RETRIES_MAX = 3;
const RETRY_PAUSE_MS = 200;
/** A server's Retry-After is honoured up to this. */
const RETRY_AFTER_MS_MAX = 10_000;
/** More than the longest `Prefer: wait` and the upload of the largest data set over a slow line. */
export const TRY_MS_MAX = 120_000;

/** Of an answer whose request names no bound of its own. Lists come in pages; the largest results are those of large predictions. */
const ANSWER_BYTES_MAX = { json: 8 << 20, text: 1 << 20, bytes: 64 << 20 } as const;

/** Refusals that say nothing about the request itself. Others that are retryable need another request first. */
const TRANSIENT: readonly ErrorCode[] = ['idempotency_in_flight', 'overloaded', 'internal', 'consensus_stalled'];

/** What may be otherwise a little later, without anything being changed about the request. */
export const isPassing = (error: unknown): boolean =>
  error instanceof UnreachableError || (error instanceof HaiError && TRANSIENT.includes(error.code));

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the network's URL, with its query. */
  readonly path: string;
  readonly body?: object | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers that are made anew for each try, as a signature with its expiry is. */
  readonly headersOfTry?: () => Promise<Readonly<Record<string, string>>>;
  /** Given for requests that change state. */
  readonly idempotencyKey?: string;
  /** A POST that changes nothing: safe to repeat without a key. */
  readonly readsOnly?: true;
  /** `Prefer: wait=N`, seconds. */
  readonly waitSeconds?: number;
  readonly preferAsync?: boolean;
  /** Of the answer's body: a longer one throws UntrustedError. */
  readonly answerBytesMax?: number;
  readonly signal?: AbortSignal;
}

/** An answer with the tag that the network knows it by. */
export interface Tagged<T> {
  readonly etag: string;
  readonly value: T;
}

export interface Transport {
  readonly url: string;
  json<T>(request: ApiRequest): Promise<T>;
  /** `known` itself where it is still the same: then nothing is sent again. */
  fresh<T>(request: ApiRequest, known: Tagged<T> | undefined): Promise<Tagged<T>>;
  bytes(request: ApiRequest): Promise<Uint8Array>;
  text(request: ApiRequest): Promise<string>;
  /** One try, no time-out, whatever the status: for streams. */
  stream(request: ApiRequest): Promise<Response>;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** 128 random bits. */
export const newIdempotencyKey = (): string => bytesToHex(crypto.getRandomValues(new Uint8Array(16)));

/** The query of the given names that have a value, with its question mark. */
export function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query}`;
}

/** The body's bytes as they are sent, so that what is signed is what is sent. */
export function bodyBytes(body: ApiRequest['body']): Uint8Array {
  if (body === undefined) return new Uint8Array(0);
  return body instanceof Uint8Array ? body : new TextEncoder().encode(JSON.stringify(body));
}

function headersOf(request: ApiRequest): Record<string, string> {
  const prefer = [
    ...(request.waitSeconds ? [`wait=${request.waitSeconds}`] : []),
    ...(request.preferAsync ? ['respond-async'] : []),
  ];
  return {
    ...(request.body === undefined
      ? {}
      : { 'content-type': request.body instanceof Uint8Array ? 'application/octet-stream' : 'application/json' }),
    ...(request.idempotencyKey === undefined ? {} : { 'idempotency-key': request.idempotencyKey }),
    ...(prefer.length === 0 ? {} : { prefer: prefer.join(', ') }),
    ...request.headers,
  };
}

function pauseAfter(tries: number, response?: Response): number {
  const seconds = Number(response?.headers.get('retry-after') ?? Number.NaN);
  const backoff = RETRY_PAUSE_MS * 2 ** tries;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds * 1000, backoff), RETRY_AFTER_MS_MAX) : backoff;
}

const isRepeatable = ({ method, readsOnly, idempotencyKey }: ApiRequest): boolean =>
  method === 'GET' || readsOnly === true || idempotencyKey !== undefined;

type Tried<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refused: HaiError; readonly response: Response };

export function createTransport(url: string, fetcher: typeof fetch): Transport {
  const base = url.replace(/\/+$/, '');

  async function once(request: ApiRequest, signal: AbortSignal | undefined): Promise<Response> {
    const body = request.body === undefined ? null : (bodyBytes(request.body) as Uint8Array<ArrayBuffer>);
    const headers = { ...headersOf(request), ...(await request.headersOfTry?.()) };
    try {
      return await fetcher(`${base}${request.path}`, {
        method: request.method,
        headers,
        body,
        ...(signal ? { signal } : {}),
      });
    } catch (cause) {
      // The caller's own abort is not the network's fault.
      if (request.signal?.aborted) throw cause;
      throw new UnreachableError(`no answer from ${base}`, { cause });
    }
  }

  async function tried<T>(request: ApiRequest, read: (response: Response) => Promise<T>): Promise<Tried<T>> {
    const timeout = AbortSignal.timeout(TRY_MS_MAX);
    const response = await once(request, request.signal ? AbortSignal.any([request.signal, timeout]) : timeout);
    // Only to a tag of ours, which the reader knows.
    const isSame = response.status === 304 && request.headers?.['if-none-match'] !== undefined;
    if (!response.ok && !isSame) return { ok: false, refused: await errorOfResponse(response), response };
    try {
      return { ok: true, value: await read(response) };
    } catch (cause) {
      if (request.signal?.aborted) throw cause;
      if (cause instanceof TooLongError) throw new UntrustedError(`${request.path}: ${cause.message}`, { cause });
      throw new UnreachableError(`the answer from ${base} broke off`, { cause });
    }
  }

  async function answered<T>(request: ApiRequest, read: (response: Response) => Promise<T>): Promise<T> {
    const tries = isRepeatable(request) ? RETRIES_MAX + 1 : 1;
    for (let i = 1; ; i++) {
      try {
        const result = await tried(request, read);
        if (result.ok) return result.value;
        if (i >= tries || !isPassing(result.refused)) throw result.refused;
        await pause(pauseAfter(i - 1, result.response));
      } catch (error) {
        if (!(error instanceof UnreachableError) || i >= tries) throw error;
        await pause(pauseAfter(i - 1));
      }
    }
  }

  async function jsonIn<T>(response: Response, { answerBytesMax }: ApiRequest): Promise<T> {
    return JSON.parse(await boundedText(response, answerBytesMax ?? ANSWER_BYTES_MAX.json)) as T;
  }

  return {
    url: base,
    json: <T>(request: ApiRequest) => answered(request, (response) => jsonIn<T>(response, request)),
    fresh: <T>(request: ApiRequest, known: Tagged<T> | undefined) => {
      const headers = { ...request.headers, ...(known ? { 'if-none-match': known.etag } : {}) };
      return answered({ ...request, headers }, async (response): Promise<Tagged<T>> => {
        if (known && response.status === 304) return known;
        return { etag: response.headers.get('etag') ?? '', value: await jsonIn<T>(response, request) };
      });
    },
    bytes: (request) =>
      answered(request, (response) => boundedBytes(response, request.answerBytesMax ?? ANSWER_BYTES_MAX.bytes)),
    text: (request) =>
      answered(request, (response) => boundedText(response, request.answerBytesMax ?? ANSWER_BYTES_MAX.text)),
    stream: (request) => once(request, request.signal),
  };
}
