/**
 * What a proposal says, by the very bytes that its id is the hash of: whoever approves it or votes on it signs that id, so what the network
 * writes about it is not enough.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf } from '../../protocol/address.ts';
import { decodeBody } from '../../protocol/block/block.ts';
import { decodeValue, type ParameterName, parameterName, rowOf } from '../../protocol/governance/parameters.ts';
import { equalBytes, type Hash } from '../../protocol/hash.ts';
import { parseTransaction, type Transaction, transactionHash } from '../../protocol/tx/envelope.ts';
import { decodeParam } from '../../protocol/tx/param.ts';
import { txTypeName } from '../../protocol/tx/types.ts';
import type { WireProposal } from '../../protocol/wire.ts';
import type { Context } from './context.ts';
import { UntrustedError } from './errors.ts';

/** Proven by the id alone. What seats and stake have said of it is the network's word. */
export interface ProposalSaid {
  readonly id: string;
  readonly parameter: ParameterName;
  /** As `GET /v1/parameters` writes it. */
  readonly value: string;
  /** The version that it replaces: a proposal's id, or 64 zeros. */
  readonly replaces: string;
  readonly proposer: string;
}

/** Throws UntrustedError: the bytes are not there, do not propose, or say something else than the network does. */
export async function proposalSaid({ transport, network }: Context, id: Hash): Promise<ProposalSaid> {
  const hex = bytesToHex(id);
  const told = await transport.json<WireProposal>({ method: 'GET', path: `/v1/parameters/proposals/${hex}` });
  if (!/^[1-9][0-9]{0,18}$/.test(told.height)) throw new UntrustedError(`no height of a proposal: ${told.height}`);
  const [{ hash }, body] = await Promise.all([
    network(),
    transport.bytes({ method: 'GET', path: `/v1/blocks/${told.height}/body` }),
  ]);
  const said = saidBy(proposing(body, id, hash), hex);
  const lie = (Object.keys(said) as (keyof ProposalSaid)[]).find((field) => said[field] !== told[field]);
  if (lie)
    throw new UntrustedError(
      `the network says ${lie} ${String(told[lie])} of proposal ${hex}, which says ${said[lie]}`,
    );
  return said;
}

function proposing(body: Uint8Array, id: Hash, genesisHash: Hash): Transaction {
  let transactions: readonly Uint8Array[];
  try {
    ({ transactions } = decodeBody(body));
  } catch (cause) {
    throw new UntrustedError('the block that the network sent does not decode', { cause });
  }
  const bytes = transactions.find((one) => equalBytes(transactionHash(one), id));
  if (!bytes) throw new UntrustedError(`proposal ${bytesToHex(id)} is not in the block that the network names`);
  const parsed = parseTransaction(bytes, genesisHash);
  if (!parsed.ok)
    throw new UntrustedError(`${bytesToHex(id)} is no transaction of this network`, { code: parsed.code });
  return parsed.value;
}

function saidBy({ type, sender, body }: Transaction, id: string): ProposalSaid {
  const no = (why: string, cause?: unknown) => new UntrustedError(`${id} ${why}`, { cause });
  if (txTypeName(type) !== 'param') throw no('changes no parameter');
  const param = readParam(body, no);
  if (param.kind !== 'propose') throw no('proposes nothing');
  const parameter = parameterName(param.parameter);
  const value = parameter && decodeValue(parameter, param.value);
  if (parameter === undefined || value === undefined) throw no('proposes what this client does not know');
  return {
    id,
    parameter,
    value: rowOf(parameter).text(value),
    replaces: bytesToHex(param.replaces),
    proposer: addressOf(sender),
  };
}

function readParam(body: Uint8Array, no: (why: string, cause: unknown) => Error): ReturnType<typeof decodeParam> {
  try {
    return decodeParam(body);
  } catch (cause) {
    throw no('does not decode', cause);
  }
}
