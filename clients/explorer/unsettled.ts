import type { WireOrder } from '../../protocol/wire.ts';

/** The order ended, and nobody was paid. */
export class UnsettledError extends Error {
  override name = 'UnsettledError';
  readonly state: WireOrder['state'];
  constructor(state: WireOrder['state']) {
    super(`the order is ${state}`);
    this.state = state;
  }
}
