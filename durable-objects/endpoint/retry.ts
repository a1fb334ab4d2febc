/** When a failed delivery is tried again. Clock and entropy are arguments. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Delay after the 1st, 2nd, ... failure: 75 h 21 min 20 s in all, dense at first because one event holds up those behind it. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  15 * SECOND,
  1 * MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  1 * HOUR,
  3 * HOUR,
  6 * HOUR,
  9 * HOUR,
  12 * HOUR,
  12 * HOUR,
  14 * HOUR,
  18 * HOUR,
];

/** Each delay is drawn evenly from +-10% around its value, so that receivers of one outage don't return in step. */
const JITTER = 0.1;
/** A receiver may ask for a longer wait, but not park its queue for ever. */
export const RETRY_AFTER_MS_MAX = 24 * HOUR;

/** Development networks divide all delays by up to this. */
export const RETRY_DIVISOR_MAX = 100_000;

export interface Failed {
  /** Failures of this event so far, from 1. */
  readonly failures: number;
  /** What the receiver asked for, if it did. */
  readonly retryAfterMs: number | undefined;
  readonly divisor: number;
}

/** Milliseconds to wait, or undefined when the schedule is at its end. `random` is in [0, 1). */
export function retryDelayMs({ failures, retryAfterMs = 0, divisor }: Failed, random: number): number | undefined {
  const base = RETRY_DELAYS_MS[failures - 1];
  if (base === undefined) return undefined;
  const jittered = base * (1 - JITTER + 2 * JITTER * random);
  return Math.ceil(Math.max(jittered, retryAfterMs) / divisor);
}

/** Milliseconds that a `Retry-After` header asks for: whole seconds or an HTTP date. Undefined for anything else. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const asked = /^\d{1,10}$/.test(header.trim()) ? Number(header) * SECOND : Date.parse(header) - nowMs;
  if (Number.isNaN(asked)) return undefined;
  return Math.min(Math.max(asked, 0), RETRY_AFTER_MS_MAX);
}
