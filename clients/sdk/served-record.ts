/** A record of the state with its proof, as the network serves it: bytes for clients/light, not verified yet. */
import { base64 } from '@scure/base';
import { encodeGenesis } from '../../protocol/genesis.ts';
import type { WireParametersProof } from '../../protocol/wire.ts';
import type { Context } from './context.ts';
import { UntrustedError } from './errors.ts';

export interface ServedRecord {
  readonly genesis: Uint8Array;
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  readonly proof: Uint8Array;
  /** Canonical bytes of the record; undefined where the network says that there is none. */
  readonly value: Uint8Array | undefined;
}

/** Throws UntrustedError for what does not decode. */
export async function servedRecord(context: Context, path: string): Promise<ServedRecord> {
  const { genesis } = await context.network();
  const served = await context.transport.json<WireParametersProof>({ method: 'GET', path });
  try {
    return {
      genesis: encodeGenesis(genesis),
      header: base64.decode(served.header),
      certificate: base64.decode(served.certificate),
      proof: base64.decode(served.proof),
      value: served.record === null ? undefined : base64.decode(served.record),
    };
  } catch (cause) {
    throw new UntrustedError('the proof that the network sent does not decode', { cause });
  }
}
