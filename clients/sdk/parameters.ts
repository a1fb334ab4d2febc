/**
 * Parameters, and how they are changed. Not among the calls that every client has: `client.with(parameterCalls)`, so that a page that
 * does not govern does not load it.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { encodeValue, parameterNamed, parameterNumber, rowOf } from '../../protocol/governance/parameters.ts';
import { approvalBytes, encodeParam, type Param } from '../../protocol/tx/param.ts';
import type { WireApprovals, WireParameter, WireProposal, WireTransaction } from '../../protocol/wire.ts';
import type { Account } from './account.ts';
import type { Context } from './context.ts';
import { HaiError, UntrustedError } from './errors.ts';
import { type ProposalSaid, proposalSaid } from './proposal.ts';
import { servedRecord } from './served-record.ts';
import { submitTransaction } from './transactions.ts';
import { queryOf } from './transport.ts';

/** Requests for all proposals; each page has up to 100. A million would be a hundred a day for 27 years. */
const PAGES_MAX = 10_000;

export interface SeatApproval {
  readonly seat: number;
  readonly signature: Uint8Array;
}

export interface HostedApprovals {
  readonly approvals: SeatApproval[];
  /** Regions whose seats said nothing in time: worth asking again. */
  readonly unanswered: string[];
}

function idBytes(id: string): Uint8Array {
  if (/^[0-9a-f]{64}$/.test(id)) return hexToBytes(id);
  throw new HaiError('invalid_field', { param: 'proposal', detail: 'not 64 lower-case hex digits' });
}

export function parameterCalls(context: Context) {
  const { transport } = context;
  const get = <T>(path: string): Promise<T> => transport.json<T>({ method: 'GET', path });
  const send = (body: Param): Promise<WireTransaction> =>
    submitTransaction(context, 'param', () => Promise.resolve(encodeParam(body)));
  const parameters = async () => (await get<{ parameters: WireParameter[] }>('/v1/parameters')).parameters;
  const proposal = (id: string) => get<WireProposal>(`/v1/parameters/proposals/${id}`);

  const said = async (id: string) => proposalSaid(context, idBytes(id));

  return {
    parameters,
    proposal,

    /** Bytes for clients/light, which are not verified yet. Throws UntrustedError for what does not decode. */
    parametersProof: () => servedRecord(context, '/v1/parameters/proof'),

    /** All of them, the newest first. Throws where they are more than PAGES_MAX pages. */
    async proposals(): Promise<WireProposal[]> {
      const all: WireProposal[] = [];
      let after: string | undefined;
      for (let pages = 0; pages < PAGES_MAX; pages++) {
        const query = queryOf({ limit: 100, ...(after === undefined ? {} : { after }) });
        const page = await get<{ proposals: WireProposal[]; next: string | null }>(`/v1/parameters/proposals${query}`);
        all.push(...page.proposals);
        if (page.next === null) return all.sort((a, b) => Number(BigInt(b.proposedMs) - BigInt(a.proposedMs)));
        after = page.next;
      }
      // The newest may be among those that were not read: a part is not passed off as all.
      throw new UntrustedError(`the network has more than ${PAGES_MAX} pages of proposals`);
    },

    /**
     * `value` as `GET /v1/parameters` writes it. Resolves with the transaction, whose hash is the proposal's id, once it is in a block.
     * Throws HaiError: unknown_parameter, parameter_out_of_range (before anything is sent), stale_proposal, insufficient_bond.
     */
    async propose(name: string, value: string): Promise<WireTransaction> {
      const known = parameterNamed(name);
      if (!known) throw new HaiError('unknown_parameter', { detail: name });
      const row = rowOf(known);
      const { profile } = (await context.network()).genesis;
      const parsed = row.parse(value);
      if (parsed === undefined || !row.isInRange(parsed, profile))
        throw new HaiError('parameter_out_of_range', { detail: `${name}: ${row.range(profile)}` });
      const now = (await parameters()).find((one) => one.name === name);
      if (!now) throw new HaiError('unknown_parameter', { detail: name });
      return send({
        kind: 'propose',
        parameter: parameterNumber(known),
        value: encodeValue(known, parsed),
        replaces: idBytes(now.version),
      });
    },

    /** What a proposal says by its own bytes. Throws UntrustedError where the network says otherwise. */
    proposalSaid: (id: string): Promise<ProposalSaid> => said(id),

    /** With the whole bond of the account. Throws UntrustedError before it signs: see `proposalSaid`. */
    async vote(id: string, yes: boolean): Promise<WireTransaction> {
      await said(id);
      return send({ kind: 'ballot', proposal: idBytes(id), yes });
    },

    enact: (id: string) => send({ kind: 'enact', proposal: idBytes(id) }),

    /** Of the seats whose keys the network itself holds, if its operator has named the proposal. */
    async hostedApprovals(id: string): Promise<HostedApprovals> {
      const path = `/v1/parameters/proposals/${id}/approvals`;
      const { approvals, unanswered } = await get<WireApprovals>(path);
      return {
        approvals: approvals.map(({ seat, signature }) => ({ seat, signature: base64.decode(signature) })),
        unanswered,
      };
    },

    /** By the key of a seat. Throws HaiError not_authorised for a key that holds none, and UntrustedError as `vote` does. */
    async signApproval(seatKey: Account, id: string): Promise<SeatApproval> {
      const { genesis, hash } = await context.network();
      const seat = genesis.seats.findIndex(({ key }) => key.every((byte, i) => byte === seatKey.publicKey[i]));
      if (seat < 0) throw new HaiError('not_authorised', { detail: `${seatKey.address} holds no seat` });
      await said(id);
      return { seat, signature: await seatKey.sign(approvalBytes(hash, idBytes(id))) };
    },

    /** Sends approvals; anyone may. Each seat counts once, whoever sends it how often. */
    approve(id: string, approvals: readonly SeatApproval[]): Promise<WireTransaction> {
      const inOrder = [...new Map(approvals.map((one) => [one.seat, one])).values()].sort((a, b) => a.seat - b.seat);
      return send({ kind: 'approve', proposal: idBytes(id), approvals: inOrder });
    },
  };
}
