/** The light client of a command's session, and how what it refuses is told. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { errorRow, type Failure, type Result } from '../../../protocol/errors.ts';
import { decodeGenesis, genesisHash } from '../../../protocol/genesis.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { type Light, openLight } from '../../light/light.ts';
import { UntrustedError } from '../../sdk/errors.ts';
import { Refusal, UsageError } from '../exit-codes.ts';
import type { Session } from '../session.ts';

/** A receipt, a proof, a block names its own genesis; a forged one names a forged one. Only a pinned hash makes it worth anything. */
export function pinOf(session: Session): string {
  if (session.genesis === undefined) throw new UsageError('--genesis HASH (or HAI_GENESIS) pins the network');
  return session.genesis;
}

/** Of what is in a file: refused as what was given. */
export function lightOfFile(session: Session, genesis: Uint8Array): Light {
  return heldOf(openLight({ genesis, pin: pinOf(session), verify: verifyFast }));
}

/** Of what the network serves. Without a pin its genesis is taken on trust, and the reader is told. */
export function lightOfNetwork(session: Session, genesis: Uint8Array): Light {
  if (session.genesis === undefined) session.out.warn('the genesis is not pinned: it is taken on the network’s word');
  const pin = session.genesis ?? bytesToHex(genesisHash(decodeGenesis(genesis)));
  return servedOf(openLight({ genesis, pin, verify: verifyFast }));
}

export interface ToldPin {
  /** Hash of the genesis under which everything was checked. */
  readonly genesis: string;
  /** Whether the reader named it. Otherwise it is the network's word. */
  readonly pinned: boolean;
}

export const pinTold = (session: Session, light: Light): ToldPin => ({
  genesis: bytesToHex(light.hash),
  pinned: session.genesis !== undefined,
});

export const pinRow = ({ genesis, pinned }: ToldPin): [string, string] => [
  'genesis',
  `${genesis}, ${pinned ? 'pinned' : 'not pinned: taken on the network’s word'}`,
];

/** The value; throws Refusal (exit 1): what was given does not hold. */
export function heldOf<T>(result: Result<T>): T {
  if (!result.ok) throw Refusal.of(result);
  return result.value;
}

export const reasonOf = ({ code, evidence }: Failure): string =>
  evidence === undefined ? errorRow(code).title : `${errorRow(code).title}: ${evidence}`;

/** The value; throws UntrustedError (exit 5): the network's answer is false. */
export function servedOf<T>(result: Result<T>, what = ''): T {
  if (!result.ok) throw new UntrustedError(`${what}${reasonOf(result)}`, { code: result.code });
  return result.value;
}
