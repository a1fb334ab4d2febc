/** /v1/parameters: what can be changed by votes, what was, and what is being voted on. */
import { z } from '@hono/zod-openapi';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { isOnApproveList } from '../../durable-objects/region/approve-list.ts';
import { inTime } from '../../durable-objects/region/sequencer/in-time.ts';
import { openLedger } from '../../ledger/d1.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import { proposalsBehind, wireParameters, wireProposal } from '../../protocol/governance/wire.ts';
import type { Hash } from '../../protocol/hash.ts';
import { parametersPlace } from '../../protocol/record/parameter.ts';
import { type Proposal, proposalPlace, readProposal } from '../../protocol/record/proposal.ts';
import { regionOf } from '../../protocol/regions.ts';
import { ONLY_KEY, type RecordPlace, type RecordView } from '../../protocol/state/record.ts';
import type { UnixMs } from '../../protocol/units.ts';
import type { WireApproval, WireApprovals, WireParametersProof, WireProposal } from '../../protocol/wire.ts';
import { regionStub } from '../env.ts';
import { isDevelopmentNetwork, networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { hash32, pageLimit } from './fields.ts';
import {
  approvalsSchema,
  parameterSchema,
  parametersProofSchema,
  proposalPageSchema,
  proposalSchema,
} from './parameter-schemas.ts';
import { proposerStub, wireProof } from './proposer.ts';

/** Records looked through for one page: most of the kind are proposals, the rest says who may propose again when. */
const SCANNED_MAX = 400;

const proposalParams = z.strictObject({ id: hash32 });

export function addParameters(api: Api): void {
  addOperation(
    api,
    {
      id: 'listParameters',
      method: 'get',
      path: '/v1/parameters',
      tag: 'Governance',
      summary: 'Every parameter: its value, its range, since when it holds and who set it, and what comes next',
      answers: { 200: { description: 'All of them', schema: z.object({ parameters: z.array(parameterSchema) }) } },
      refuses: [],
    },
    (c) => parameters(c),
  );
  addOperation(
    api,
    {
      id: 'proveParameters',
      method: 'get',
      path: '/v1/parameters/proof',
      tag: 'Governance',
      summary: 'What was set by votes, or that nothing was, proven against the last final block’s state root',
      answers: { 200: { description: 'Record, proof, header and certificate', schema: parametersProofSchema } },
      refuses: ['not_found', 'consensus_stalled'],
    },
    (c) => parametersProof(c),
  );
  addOperation(
    api,
    {
      id: 'listProposals',
      method: 'get',
      path: '/v1/parameters/proposals',
      tag: 'Governance',
      summary: 'Proposals to change a parameter, by their ids',
      query: z.strictObject({ limit: pageLimit, after: hash32.optional() }),
      answers: {
        200: { description: 'A page; `next` is the `after` of the one that follows', schema: proposalPageSchema },
      },
      refuses: [],
    },
    (c, { query }) => proposals(c, query.after, query.limit),
  );
  addOperation(
    api,
    {
      id: 'getProposal',
      method: 'get',
      path: '/v1/parameters/proposals/{id}',
      tag: 'Governance',
      summary: 'A proposal, and what seats and stake have said of it',
      params: proposalParams,
      answers: { 200: { description: 'The proposal', schema: proposalSchema } },
      refuses: ['unknown_proposal'],
    },
    (c, { params }) => proposal(c, params.id),
  );
  addOperation(
    api,
    {
      id: 'listApprovals',
      method: 'get',
      path: '/v1/parameters/proposals/{id}/approvals',
      tag: 'Governance',
      summary: 'Signatures of the hosted seats that approve a proposal: for anyone to put into a transaction',
      params: proposalParams,
      answers: {
        200: {
          description: 'In seat order; none while the operator has not named the proposal',
          schema: approvalsSchema,
        },
      },
      refuses: ['unknown_proposal', 'voting_closed'],
    },
    (c, { params }) => approvals(c, params.id),
  );
}

/** Block time never runs back; a clock may be behind it. */
async function timeNow(ledger: Ledger): Promise<UnixMs> {
  const now = BigInt(Date.now());
  const tipMs = (await ledger.tip())?.timeMs ?? (0n as UnixMs);
  return (now > tipMs ? now : tipMs) as UnixMs;
}

/** These records as of now; of others nothing is known. */
async function viewOf(ledger: Ledger, places: readonly RecordPlace[]): Promise<RecordView> {
  const idOf = (kind: string, key: Uint8Array) => `${kind} ${bytesToHex(key)}`;
  const found = new Map((await ledger.records(places)).map(({ kind, key, value }) => [idOf(kind, key), value]));
  return { record: (kind, key) => found.get(idOf(kind, key)) };
}

async function parameters(c: ApiContext): Promise<Response> {
  const { genesis } = await networkOf(c.env);
  const ledger = openLedger(c.env.DB);
  const timeMs = await timeNow(ledger);
  const set = await ledger.record(parametersPlace);
  const behind = proposalsBehind({ record: () => set }, timeMs);
  const proposed = await viewOf(ledger, behind.map(proposalPlace));
  const state: RecordView = { record: (kind, key) => (kind === 'parameter' ? set : proposed.record(kind, key)) };
  return Response.json({ parameters: wireParameters(state, genesis, timeMs) });
}

async function parametersProof(c: ApiContext): Promise<Response | Failure> {
  const { kind: record, key } = parametersPlace;
  const proven = await (await proposerStub(c.env)).proveState({ kind: 'record', record, key });
  if (!proven.ok) return proven;
  const { value } = proven.value;
  return Response.json({
    ...wireProof(proven.value),
    record: value ? base64.encode(value) : null,
  } satisfies WireParametersProof);
}

async function proposals(c: ApiContext, after: Hash | undefined, limit: number): Promise<Response> {
  const ledger = openLedger(c.env.DB);
  const timeMs = await timeNow(ledger);
  const rows = await ledger.recordPage(proposalPlace(after ?? ONLY_KEY), SCANNED_MAX);
  const found: WireProposal[] = [];
  let last: string | null = null;
  for (const { kind, key, value } of rows) {
    if (kind !== 'proposal') return Response.json({ proposals: found, next: null });
    if (found.length === limit) return Response.json({ proposals: found, next: last });
    const one = readProposal({ record: () => value }, key);
    if (one) found.push(wireProposal(key, one, timeMs));
    last = bytesToHex(key);
  }
  return Response.json({ proposals: found, next: rows.length === SCANNED_MAX ? last : null });
}

async function proposalAt(ledger: Ledger, id: Hash): Promise<Proposal | undefined> {
  const value = await ledger.record(proposalPlace(id));
  return value && readProposal({ record: () => value }, id);
}

async function proposal(c: ApiContext, id: Hash): Promise<Response | Failure> {
  const ledger = openLedger(c.env.DB);
  const [found, timeMs] = [await proposalAt(ledger, id), await timeNow(ledger)];
  return found ? Response.json(wireProposal(id, found, timeMs)) : fail('unknown_proposal');
}

/** The regions are asked only for what the operator has named and is voted on, or anyone could wake all nine. */
async function approvals(c: ApiContext, id: Hash): Promise<Response | Failure> {
  const ledger = openLedger(c.env.DB);
  const found = await proposalAt(ledger, id);
  if (!found) return fail('unknown_proposal');
  if ((await timeNow(ledger)) >= found.endMs) return fail('voting_closed');
  const none: WireApprovals = { approvals: [], unanswered: [] };
  if (!isOnApproveList(c.env.APPROVE_PARAMS, id, await isDevelopmentNetwork(c.env))) return Response.json(none);
  const { genesis } = await networkOf(c.env);
  const regions = [...new Set(genesis.seats.map(({ region }) => regionOf(region)))];
  const answers = await Promise.allSettled(regions.map((region) => inTime(regionStub(c.env, region).approve(id))));
  const signed = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const unanswered = regions.filter((_, i) => answers[i]?.status === 'rejected');
  const inOrder = signed.sort((a, b) => a.seat - b.seat);
  return Response.json({
    approvals: inOrder.map(({ seat, signature }): WireApproval => ({ seat, signature: base64.encode(signature) })),
    unanswered,
  } satisfies WireApprovals);
}
