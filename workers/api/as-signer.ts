import type { Failure } from '../../protocol/errors.ts';
import { regionStub } from '../env.ts';
import type { ApiContext } from './context.ts';
import { claimOf, once } from './idempotency.ts';
import { homeOf } from './intake.ts';

/** Once for the signer's Idempotency-Key, which its home region keeps. */
export async function asSigner(c: ApiContext, act: () => Promise<Response | Failure>): Promise<Response | Failure> {
  const signer = c.get('signer');
  const home = await homeOf(c.env, signer);
  if (!home.ok) return home;
  return once(regionStub(c.env, home.value), await claimOf(c, signer), act);
}
