/** An Idempotency-Key, and the answer or outcome that it refers to, are kept for a day. */
export const KEY_KEPT_MS = 86_400_000;
