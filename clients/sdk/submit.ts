/**
 * Sends a signed transaction under the account's next nonce. When the network says that the count is off (another client of
 * the same account), the transaction is built and signed anew under the right number; every other refusal is the caller's.
 */
import type { ErrorCode } from '../../protocol/errors.ts';
import type { Context } from './context.ts';
import { HaiError } from './errors.ts';
import { newIdempotencyKey, pause } from './transport.ts';

/** Times that a transaction is signed anew, and times that one waits for an earlier one of ours to arrive. */
const SIGNINGS_MAX = 8;
const GAP_WAITS_MAX = 20;
const GAP_WAIT_MS = 25;

/** What another signing cures, and what has to be read again before it. */
const CURES: Partial<Record<ErrorCode, (context: Context) => void>> = {
  nonce_used: () => {},
  nonce_gap: () => {},
  wrong_home_region: (context) => context.forgetHome(),
  tx_expired: (context) => context.forgetTip(),
  expiry_too_far: (context) => context.forgetTip(),
  fee_too_low: (context) => context.forgetTip(),
};

/**
 * `build` makes what is sent for a nonce; `send` posts it under an Idempotency-Key, and may be called again with the same
 * values.
 */
export async function submit<Built, Answer>(
  context: Context,
  build: (nonce: bigint) => Promise<Built>,
  send: (built: Built, idempotencyKey: string) => Promise<Answer>,
): Promise<{ built: Built; answer: Answer }> {
  const { nonces } = context;
  for (let signings = 1; ; signings++) {
    const nonce = await nonces.take();
    try {
      const built = await build(nonce);
      const answer = await sendInOrder(context, nonce, built, send);
      nonces.taken(nonce);
      return { built, answer };
    } catch (error) {
      const cure = error instanceof HaiError ? CURES[error.code] : undefined;
      if (!cure) {
        // A cut line leaves open whether the number was used: it is read again.
        if (error instanceof HaiError) nonces.giveBack(nonce);
        else nonces.forget(nonce);
        throw error;
      }
      nonces.forget(nonce);
      cure(context);
      if (signings >= SIGNINGS_MAX) throw error;
    }
  }
}

/** A gap below our own number closes by itself while the earlier transactions arrive. */
async function sendInOrder<Built, Answer>(
  { nonces }: Context,
  nonce: bigint,
  built: Built,
  send: (built: Built, idempotencyKey: string) => Promise<Answer>,
): Promise<Answer> {
  const idempotencyKey = newIdempotencyKey();
  for (let waits = 0; ; waits++) {
    try {
      return await send(built, idempotencyKey);
    } catch (error) {
      const isGap = error instanceof HaiError && error.code === 'nonce_gap';
      if (!isGap || waits >= GAP_WAITS_MAX || !nonces.hasEarlierInFlight(nonce)) throw error;
      await pause(GAP_WAIT_MS);
    }
  }
}
