/**
 * The life of a webhook, as a table. Every state keeps the cursor: what was not sent while it was paused or disabled is sent
 * after it is resumed.
 */
export const ENDPOINT_STATES = ['active', 'paused', 'disabled'] as const;
export type EndpointState = (typeof ENDPOINT_STATES)[number];

/** `gone`: the receiver answered 410. `exhausted`: the last retry of an event failed. */
export const ENDPOINT_EVENTS = ['pause', 'resume', 'gone', 'exhausted'] as const;
export type EndpointEvent = (typeof ENDPOINT_EVENTS)[number];

/** A disabled endpoint said that it wants no more: it only resumes after a new challenge, and nothing else moves it. */
export const ENDPOINT_LIFE: Record<EndpointState, Record<EndpointEvent, EndpointState>> = {
  active: { pause: 'paused', resume: 'active', gone: 'disabled', exhausted: 'paused' },
  // A delivery that was under way when the owner paused may still end in any way.
  paused: { pause: 'paused', resume: 'active', gone: 'disabled', exhausted: 'paused' },
  disabled: { pause: 'disabled', resume: 'active', gone: 'disabled', exhausted: 'disabled' },
};
