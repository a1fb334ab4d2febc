/** One POST to a receiver, and what became of it. Never throws: a receiver that misbehaves is an outcome. */
import { parseRetryAfter } from './retry.ts';

export const ATTEMPT_TIMEOUT_MS = 15_000;
/** What of an answer is read and kept; the rest is cancelled unread. */
export const RESPONSE_BYTES_KEPT = 1024;

export const ATTEMPT_OUTCOMES = ['delivered', 'refused', 'redirect', 'gone', 'timeout', 'unreachable'] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

export interface Attempt {
  readonly outcome: AttemptOutcome;
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly latencyMs: number;
  /** The first RESPONSE_BYTES_KEPT bytes of the answer, as text. */
  readonly response: string;
  readonly retryAfterMs: number | undefined;
}

export interface AttemptRequest {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly payload: string;
  readonly timeoutMs: number;
}

export async function attemptPost({ url, headers, payload, timeoutMs }: AttemptRequest): Promise<Attempt> {
  const startMs = Date.now();
  // Not AbortSignal.timeout: its timer would keep the object awake, and billed, until it fires.
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  const { signal } = deadline;
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'hai-webhooks/1', ...headers },
      body: payload,
      // A redirect could lead to where the URL itself may not: it is a failure, seen and not followed.
      redirect: 'manual',
      signal,
    });
    const response = await readStart(answer, signal);
    return {
      outcome: outcomeOf(answer),
      status: answer.status,
      latencyMs: Date.now() - startMs,
      response,
      retryAfterMs: parseRetryAfter(answer.headers.get('retry-after'), Date.now()),
    };
  } catch {
    // The platform's message may quote the URL, which may hold the receiver's own secret: it is not kept.
    const outcome = signal.aborted ? 'timeout' : 'unreachable';
    return { outcome, status: null, latencyMs: Date.now() - startMs, response: '', retryAfterMs: undefined };
  } finally {
    clearTimeout(timer);
  }
}

function outcomeOf({ status }: Response): AttemptOutcome {
  if (status >= 200 && status < 300) return 'delivered';
  if (status === 410) return 'gone';
  // workerd, as Node, answers a manual redirect with the redirect itself, where a browser's has no status.
  return status >= 300 && status < 400 ? 'redirect' : 'refused';
}

/** The start of the answer's body; whatever arrived, when it stalls or breaks: the status alone decides on success. */
async function readStart(answer: Response, signal: AbortSignal): Promise<string> {
  const reader = answer.body?.getReader();
  if (!reader) return '';
  const expired = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const kept = new Uint8Array(RESPONSE_BYTES_KEPT);
  let length = 0;
  while (length < kept.length) {
    const read = await Promise.race([reader.read().catch(() => undefined), expired]);
    if (!read || read.done) break;
    const taken = read.value.subarray(0, kept.length - length);
    kept.set(taken, length);
    length += taken.length;
  }
  // An unread body would hold one of the six connections that an invocation has.
  reader.cancel().catch(() => {});
  // `stream`: a character that the cut has split is left out instead of replaced.
  return new TextDecoder().decode(kept.subarray(0, length), { stream: true });
}
