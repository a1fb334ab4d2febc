/** How far a chain goes: by the network's word, and by its log where a reader asks for that. */
import type { Light } from '../../light/light.ts';
import type { Client } from '../../sdk/client.ts';
import { UntrustedError } from '../../sdk/errors.ts';
import { logProofCalls } from '../../sdk/log-proofs.ts';
import { pause } from '../../sdk/transport.ts';
import type { Session } from '../session.ts';
import { type LogOptions, policyOf } from './logged.ts';
import { checkpointOver } from './served-checkpoint.ts';

const HEIGHT = /^(?:0|[1-9]\d{0,19})$/;
const U64_MAX = (1n << 64n) - 1n;

/** Of the tip, by the network's word alone. Throws UntrustedError for what is no height. */
export async function servedTip(client: Client): Promise<bigint> {
  const chain = await client.chain();
  const told: unknown = chain?.tip?.height;
  const height = typeof told === 'string' && HEIGHT.test(told) ? BigInt(told) : undefined;
  if (height === undefined || height > U64_MAX) throw new UntrustedError(`the network’s tip has no height: ${told}`);
  return height;
}

/** Leaves of the newest checkpoint that the log signed and the reader's witnesses co-signed: the chain is at least as long. */
export async function loggedHeight(session: Session, light: Light, options: LogOptions): Promise<bigint> {
  const calls = session.client().with(logProofCalls);
  return (await checkpointOver(light, calls, 0n, policyOf(options), pause)).head.size;
}
