/** Transfers signed ahead and posted in batches, the same way to every chain: so that a figure is the chain's, not the client's. */

/** Accounts that send, in turn. */
export const SENDERS = 1000;
/** Transactions in one request. */
export const BATCH = 100;
/**
 * Requests under way at once, the same for every chain: a divisor of SENDERS / BATCH. Turn about at 60,000 accounts, ten gave ours 1.0 to
 * 1.3 times what five did.
 */
const POSTERS = 10;
/** Of every request that is measured, to whichever chain: nobody compresses an answer for its own machine. (Ours would, as the network's edge does.) */
export const JSON_BODY = { 'content-type': 'application/json', 'accept-encoding': 'identity' };
const POLL_MS = 20;
/** A chain that stands still for this long has lost what was posted. */
const STANDSTILL_MS = 60_000;

export interface BenchedChain {
  readonly name: string;
  /** A request's body, made ahead: text, so that encoding is not measured. */
  post(body: string): Promise<void>;
  /** Transactions in blocks that are final, as that chain has it, since it started. */
  final(): Promise<number>;
}

/** What was posted does not become final any more. */
export class Standstill extends Error {}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function untilFinal(chain: BenchedChain, target: number): Promise<void> {
  let seen = -1;
  let movedMs = performance.now();
  for (;;) {
    const now = await chain.final();
    if (now >= target) return;
    if (now !== seen) movedMs = performance.now();
    seen = now;
    if (performance.now() - movedMs > STANDSTILL_MS)
      throw new Standstill(`${chain.name} stands still at ${now} of ${target}`);
    await pause(POLL_MS);
  }
}

export interface LoadFigures {
  readonly transactions: number;
  /** From the first request until the last answer. */
  readonly acceptedMs: number;
  /** From the first request until the last transaction is in a final block. */
  readonly finalMs: number;
}

export interface LoadLimits {
  /** Requests wait while more than so many transactions are not final. */
  readonly pendingMax?: number;
  readonly posters?: number;
}

/** Each poster has every so manieth request, so that a sender's transactions, which come every SENDERS, keep their order. */
export async function load(
  chain: BenchedChain,
  bodies: readonly string[],
  { pendingMax = Number.POSITIVE_INFINITY, posters = POSTERS }: LoadLimits = {},
): Promise<LoadFigures> {
  const before = await chain.final();
  const startMs = performance.now();
  const poster = async (_: unknown, own: number) => {
    for (let at = own; at < bodies.length; at += posters) {
      if ((at + 1) * BATCH > pendingMax) await untilFinal(chain, before + (at + 1) * BATCH - pendingMax);
      await chain.post(bodies[at] as string);
    }
  };
  await Promise.all(Array.from({ length: posters }, poster));
  const acceptedMs = performance.now() - startMs;
  const transactions = bodies.length * BATCH;
  await untilFinal(chain, before + transactions);
  return { transactions, acceptedMs, finalMs: performance.now() - startMs };
}

export const perSecond = ({ transactions, finalMs }: LoadFigures): number => (transactions / finalMs) * 1000;
