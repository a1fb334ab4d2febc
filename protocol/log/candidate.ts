/**
 * Which checkpoints the log keeps, and which one it asks witnesses to co-sign. The log grows while they answer, so they are all asked
 * for the same one, until all have signed it or it has waited long enough: else no checkpoint would ever have more than one of them.
 */

/** A witness that is asked less often than this is not waited for. */
export const CANDIDATE_MS = 10_000;
/** Earlier candidates whose cosignatures are still taken: a slow witness answers for what it was asked, some 30 s ago. */
export const EARLIER_MAX = 3;
/** Beside what must be kept (the newest, four candidates, a last one for each of 16 witnesses and for each number of them), others. */
export const KEPT_MAX = 48;

export interface KeptCheckpoint {
  readonly size: bigint;
  /** Who has co-signed it, of the deployment's witnesses: their key ids as hex. */
  readonly cosigners: readonly string[];
}

export interface Candidate {
  readonly size: bigint;
  /** Since when witnesses are asked, Unix ms. */
  readonly sinceMs: number;
  /** Candidates of before that not all have signed, the latest first. */
  readonly earlier: readonly bigint[];
}

/** `kept` with the newest first, and not empty. */
export function candidateOf(
  current: Candidate | undefined,
  kept: readonly KeptCheckpoint[],
  witnesses: number,
  nowMs: number,
): Candidate {
  const [newest] = kept;
  if (!newest) throw new RangeError('no checkpoint');
  const held = kept.find(({ size }) => size === current?.size);
  const isOpen = held !== undefined && held.cosigners.length < witnesses;
  if (current && ((isOpen && nowMs - current.sinceMs < CANDIDATE_MS) || current.size === newest.size)) return current;
  // Whoever has signed a later one never signs an earlier one: after a complete candidate there is nothing to wait for.
  const earlier = current && isOpen ? [current.size, ...current.earlier].slice(0, EARLIER_MAX) : [];
  return { size: newest.size, sinceMs: nowMs, earlier };
}

/** How many of these witnesses have co-signed it. */
export const cosignersAmong = ({ cosigners }: KeptCheckpoint, witnesses: readonly string[]): number =>
  cosigners.filter((one) => witnesses.includes(one)).length;

/**
 * Those that are kept. A reader asks for the newest with k cosignatures of witnesses that it names, so one is worth keeping for as long as no
 * newer one has all its cosigners. There may be many of those; kept for sure are the newest, the candidates, the last one of each witness,
 * and each that has more cosignatures than any newer one.
 */
export function keptSizes(kept: readonly KeptCheckpoint[], { size: asked, earlier }: Candidate): bigint[] {
  const seen = new Set<string>();
  let most = 0;
  const needed = new Set([asked, ...earlier]);
  const other: bigint[] = [];
  for (const [i, { size, cosigners }] of kept.entries()) {
    const isLast = cosigners.some((one) => !seen.has(one));
    const isCovered = kept.slice(0, i).some((newer) => cosigners.every((one) => newer.cosigners.includes(one)));
    if (i === 0 || isLast || cosigners.length > most) needed.add(size);
    else if (!isCovered) other.push(size);
    most = Math.max(most, cosigners.length);
    for (const one of cosigners) seen.add(one);
  }
  const there = kept.filter(({ size }) => needed.has(size)).length;
  const chosen = new Set([...needed, ...other.slice(0, Math.max(0, KEPT_MAX - there))]);
  return kept.map(({ size }) => size).filter((size) => chosen.has(size));
}
