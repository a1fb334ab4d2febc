/**
 * The life of an order, as a table: `LIFECYCLE[state][event]` is the next state; a missing cell is refused with
 * `illegal_transition`. The chain's transition, the region object, the docs and the explorer all read this one table.
 *
 * `open` -> match -> `matched` -> work -> `computed` -> checkPassed -> `checked` -> confirm -> `confirmed` -> settle -> `settled`.
 * A failed check returns the order to `open` with that provider excluded. Cancel is possible until a result is committed, of a
 * search until it is matched (`cancelled`); an order whose deadline passes before it is checked is refunded in full, as is one
 * whose inputs no provider can read (`decline`): an envelope that does not open, a data set of another shape.
 */
export const ORDER_STATES = [
  'open',
  'matched',
  'computed',
  'checked',
  'confirmed',
  'settled',
  'cancelled',
  'expired',
  'unserved',
] as const;
export type OrderState = (typeof ORDER_STATES)[number];

export const ORDER_EVENTS = [
  'match',
  'work',
  'checkPassed',
  'checkFailed',
  'confirm',
  'settle',
  'cancel',
  'expire',
  'giveUp',
  'decline',
] as const;
export type OrderEvent = (typeof ORDER_EVENTS)[number];

export const LIFECYCLE: Record<OrderState, Partial<Record<OrderEvent, OrderState>>> = {
  open: { match: 'matched', cancel: 'cancelled', expire: 'expired', giveUp: 'unserved', decline: 'unserved' },
  matched: { work: 'computed', cancel: 'cancelled', expire: 'expired', decline: 'unserved' },
  computed: { checkPassed: 'checked', checkFailed: 'open', expire: 'expired', decline: 'unserved' },
  checked: { confirm: 'confirmed' },
  confirmed: { settle: 'settled' },
  settled: {},
  cancelled: {},
  expired: {},
  unserved: {},
};

export function nextState(state: OrderState, event: OrderEvent): OrderState | undefined {
  return LIFECYCLE[state][event];
}

/**
 * The state after a cancel. A search that is being computed shows its demander what it finds, job by job: it is stopped and paid for,
 * not cancelled.
 */
export function cancelled(state: OrderState, kind: string): OrderState | undefined {
  return kind === 'search' && state === 'matched' ? undefined : nextState(state, 'cancel');
}

/** States with one recorded outcome: nothing follows, the escrow is empty. */
export function isFinished(state: OrderState): boolean {
  return Object.keys(LIFECYCLE[state]).length === 0;
}

const CHECKED: ReadonlySet<OrderState> = new Set(['checked', 'confirmed', 'settled']);

/** States of an order whose result passed its check: the demander may read it, and build on it. */
export const hasCheckedResult = (state: OrderState): boolean => CHECKED.has(state);

/** The seven words with which everything tells the story. */
export const STEPS = ['intake', 'match', 'compute', 'prove', 'settle', 'seal', 'deliver'] as const;
export type Step = (typeof STEPS)[number];
