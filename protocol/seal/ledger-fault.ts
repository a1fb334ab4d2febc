/** The proposer's verdict on a ledger, without a seal: what a question about its health is answered with. */
import type { Hash } from '../hash.ts';
import { type Recollection, SEAL_START, sealStep } from './proposer.ts';
import type { Place } from './stage.ts';

/**
 * Why nothing would be sealed upon a ledger with this tip; undefined when it is the one that was sealed. `held`: its block at
 * the mark's height, when the tip is above that. What is remembered is read before the tip: a ledger only grows.
 */
export function ledgerFault(recalled: Recollection, tip: Place, held: Hash | undefined): string | undefined {
  let step = sealStep(SEAL_START, { is: 'recalled', ...recalled });
  step = sealStep(step.state, { is: 'read', tip, held });
  if (step.effect.kind === 'load') step = sealStep(step.state, { is: 'loaded', tip });
  const { effect } = step;
  return effect.kind === 'end' && effect.outcome.kind === 'rolledBack' ? effect.outcome.reason : undefined;
}
