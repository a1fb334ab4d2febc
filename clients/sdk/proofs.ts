/** The bytes that clients/light checks: `client.with(proofCalls)`. Nothing here is verified yet. */
import { hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { BLOCK_BYTES_MAX } from '../../protocol/block/block.ts';
import { encodeGenesis } from '../../protocol/genesis.ts';
import { regionNumber } from '../../protocol/regions.ts';
import { encodeAccount } from '../../protocol/state/account.ts';
import { WITNESS_BYTES_MAX } from '../../protocol/state/witness.ts';
import type { Zhi } from '../../protocol/units.ts';
import type { WireAccountProof, WireBlock, WireOrderProof, WireStateProof } from '../../protocol/wire.ts';
import { type Context, keyOf } from './context.ts';
import { HaiError, UntrustedError } from './errors.ts';

const PART_BYTES_MAX = { body: BLOCK_BYTES_MAX, witness: WITNESS_BYTES_MAX } as const;

export interface ServedHeader {
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
}

export interface ServedBlock extends ServedHeader {
  readonly body: Uint8Array;
  /** Undefined where it was not archived. */
  readonly witness: Uint8Array | undefined;
}

export interface ServedAccount extends ServedHeader {
  readonly genesis: Uint8Array;
  readonly key: Uint8Array;
  /** Undefined where the network says that there is no account. */
  readonly value: Uint8Array | undefined;
  readonly proof: Uint8Array;
}

export interface ServedOrder extends ServedHeader {
  readonly genesis: Uint8Array;
  readonly order: Uint8Array;
  /** The chain's record in canonical bytes. Undefined where the network says that the chain has no such order. */
  readonly value: Uint8Array | undefined;
  readonly proof: Uint8Array;
}

/** What `read` makes of the answer; throws UntrustedError for one of another form. */
function readAnswer<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new UntrustedError(`the ${what} that the network sent does not decode`, { cause });
  }
}

const headerOf = ({ header, certificate }: Pick<WireStateProof, 'header' | 'certificate'>): ServedHeader => ({
  header: base64.decode(header),
  certificate: base64.decode(certificate),
});

function accountBytes(account: WireAccountProof['account']): Uint8Array | undefined {
  if (account === null) return undefined;
  const { balanceZhi, nonce, homeRegion } = account;
  return encodeAccount({
    balanceZhi: BigInt(balanceZhi) as Zhi,
    nonce: BigInt(nonce),
    homeRegion: regionNumber(homeRegion),
  });
}

export function proofCalls({ transport, network }: Context) {
  const header = async (place: string | bigint): Promise<ServedHeader> => {
    const block = await transport.json<WireBlock>({ method: 'GET', path: `/v1/blocks/${place}` });
    return readAnswer('block', () => headerOf(block));
  };
  const bytes = (place: string | bigint, part: keyof typeof PART_BYTES_MAX) =>
    transport.bytes({ method: 'GET', path: `/v1/blocks/${place}/${part}`, answerBytesMax: PART_BYTES_MAX[part] });
  return {
    /** Canonical bytes of the genesis. */
    genesisBytes: async (): Promise<Uint8Array> => encodeGenesis((await network()).genesis),
    header,
    /** `place`: a height, or a hash in hex. */
    async blockBytes(place: string | bigint): Promise<ServedBlock> {
      const [head, body, witness] = await Promise.all([
        header(place),
        bytes(place, 'body'),
        bytes(place, 'witness').catch((error: unknown) => {
          if (error instanceof HaiError && error.code === 'not_found') return undefined;
          throw error;
        }),
      ]);
      return { ...head, body, witness };
    },
    async accountProof(address: string): Promise<ServedAccount> {
      const key = keyOf(address, 'address');
      const [{ genesis }, wire] = await Promise.all([
        network(),
        transport.json<WireAccountProof>({ method: 'GET', path: `/v1/accounts/${address}/proof` }),
      ]);
      return readAnswer('proof', () => ({
        genesis: encodeGenesis(genesis),
        ...headerOf(wire),
        key,
        value: accountBytes(wire.account),
        proof: base64.decode(wire.proof),
      }));
    },
    /** `id`: 64 hex digits. */
    async orderProof(id: string): Promise<ServedOrder> {
      const path = `/v1/orders/${id}/proof`;
      const [{ genesis }, wire] = await Promise.all([
        network(),
        transport.json<WireOrderProof>({ method: 'GET', path }),
      ]);
      return readAnswer('proof', () => ({
        genesis: encodeGenesis(genesis),
        ...headerOf(wire),
        order: hexToBytes(id),
        value: wire.record === null ? undefined : base64.decode(wire.record),
        proof: base64.decode(wire.proof),
      }));
    },
  };
}

export type ProofCalls = ReturnType<typeof proofCalls>;
