/** The Prefer header (RFC 7240): `wait=N` seconds and `respond-async`. A preference that is not understood is ignored. */

/** A Worker waits on a Durable Object no longer than this; clients ask again. */
export const WAIT_SECONDS_MAX = 30;

export interface Preferences {
  /** 0 when the caller does not wait. */
  readonly waitMs: number;
  /** Take the queue, even where the work is small enough for a direct call. */
  readonly respondAsync: boolean;
}

const WAIT = /^wait\s*=\s*"?(\d{1,9})"?$/i;

export function parsePrefer(header: string | undefined): Preferences {
  let seconds: number | undefined;
  let respondAsync = false;
  for (const preference of (header ?? '').split(',')) {
    // What follows a semicolon are parameters of the preference; none is defined for these two.
    const text = preference.split(';', 1)[0]?.trim() ?? '';
    const wait = WAIT.exec(text);
    // RFC 7240 section 2: of a repeated preference the first counts.
    if (wait) seconds ??= Math.min(Number(wait[1]), WAIT_SECONDS_MAX);
    if (text.toLowerCase() === 'respond-async') respondAsync = true;
  }
  return { waitMs: (seconds ?? 0) * 1000, respondAsync };
}

/** Preference-Applied, or undefined when nothing was preferred. */
export function preferenceApplied({ waitMs, respondAsync }: Preferences): string | undefined {
  const parts = [...(waitMs > 0 ? [`wait=${waitMs / 1000}`] : []), ...(respondAsync ? ['respond-async'] : [])];
  return parts.length > 0 ? parts.join(', ') : undefined;
}
