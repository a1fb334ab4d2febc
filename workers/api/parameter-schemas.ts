/** The answers of /v1/parameters, as protocol/wire.ts types them. */
import { z } from '@hono/zod-openapi';
import { SEATS } from '../../protocol/genesis.ts';
import { PARAMETER_NAMES } from '../../protocol/governance/parameters.ts';
import { REGIONS } from '../../protocol/regions.ts';
import type {
  WireApproval,
  WireApprovals,
  WireParameter,
  WireParametersProof,
  WireProposal,
  WireSetBy,
} from '../../protocol/wire.ts';
import { addressText, base64Text, decimalText, hexText } from './fields.ts';

const seat = z
  .int()
  .min(0)
  .max(SEATS - 1);
const name = z.enum(PARAMETER_NAMES);

const setBySchema = z
  .object({
    proposal: hexText,
    proposer: addressText,
    height: decimalText.openapi({ description: 'At which it was enacted' }),
    seats: z.array(seat),
    yesZhi: decimalText,
    noZhi: decimalText,
  })
  .openapi('SetBy') satisfies z.ZodType<WireSetBy>;

export const parameterSchema = z
  .object({
    name,
    value: z.string(),
    unit: z.string(),
    range: z.string(),
    reason: z.string(),
    sinceMs: decimalText,
    setBy: setBySchema.nullable().openapi({ description: 'Null: the genesis' }),
    scheduled: z
      .object({ value: z.string(), fromMs: decimalText, setBy: setBySchema.nullable() })
      .nullable()
      .openapi({ description: 'Voted for; does not hold yet' }),
    version: hexText.openapi({ description: 'What a proposal names as what it replaces' }),
  })
  .openapi('Parameter') satisfies z.ZodType<WireParameter>;

export const parametersProofSchema = z
  .object({
    height: decimalText,
    header: base64Text,
    certificate: base64Text,
    proof: base64Text,
    record: base64Text.nullable().openapi({ description: 'Canonical bytes; null: nothing was set yet' }),
  })
  .openapi('ParametersProof') satisfies z.ZodType<WireParametersProof>;

export const proposalSchema = z
  .object({
    id: hexText,
    parameter: name,
    value: z.string(),
    replaces: hexText,
    proposer: addressText,
    height: decimalText,
    proposedMs: decimalText,
    endMs: decimalText,
    delayMs: decimalText,
    enactFromMs: decimalText,
    lapsesMs: decimalText,
    turnoutZhi: decimalText,
    seats: z.array(seat),
    yesZhi: decimalText,
    noZhi: decimalText,
    state: z.enum(['voting', 'accepted', 'rejected', 'enacted', 'lapsed']),
    enacted: z.object({ height: decimalText, timeMs: decimalText, fromMs: decimalText }).nullable(),
  })
  .openapi('Proposal') satisfies z.ZodType<WireProposal>;

export const proposalPageSchema = z.object({ proposals: z.array(proposalSchema), next: hexText.nullable() });

const approvalSchema = z.object({ seat, signature: base64Text }).openapi('Approval') satisfies z.ZodType<WireApproval>;

export const approvalsSchema = z
  .object({
    approvals: z.array(approvalSchema),
    unanswered: z
      .array(z.enum(REGIONS))
      .openapi({ description: 'Regions that did not answer in time: their seats may approve all the same' }),
  })
  .openapi('Approvals') satisfies z.ZodType<WireApprovals>;
