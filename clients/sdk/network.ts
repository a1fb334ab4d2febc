/** The network that a client talks to: its genesis, recomputed, and held against the pinned hash where there is one. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { decodeGenesis, type Genesis, genesisHash } from '../../protocol/genesis.ts';
import type { Hash } from '../../protocol/hash.ts';
import { UntrustedError } from './errors.ts';
import type { Transport } from './transport.ts';

export interface Network {
  readonly genesis: Genesis;
  readonly hash: Hash;
  readonly hex: string;
}

/** GET /v1/genesis. */
export interface WireGenesis {
  hash: string;
  genesis: string;
  network: string;
  mode: 'hosted' | 'quorum';
  profile: 'production' | 'development';
}

function readGenesis(text: string): Genesis {
  try {
    return decodeGenesis(base64.decode(text));
  } catch (cause) {
    throw new UntrustedError('the genesis that the network sent does not decode', { cause });
  }
}

/** Throws UntrustedError when the genesis is not the pinned one, or not what its hash says. */
export async function loadNetwork(transport: Transport, pinned: string | undefined): Promise<Network> {
  const wire = await transport.json<WireGenesis>({ method: 'GET', path: '/v1/genesis' });
  const genesis = readGenesis(wire.genesis);
  const hash = genesisHash(genesis);
  const hex = bytesToHex(hash);
  if (pinned !== undefined && hex !== pinned) {
    throw new UntrustedError(`this network's genesis is ${hex}, not the pinned ${pinned}`);
  }
  if (wire.hash !== hex) throw new UntrustedError(`the genesis hashes to ${hex}, the network says ${wire.hash}`);
  return { genesis, hash, hex };
}
