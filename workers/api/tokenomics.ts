/** /v1/tokenomics: how much of each allocation circulates by when, in both readings of the white paper. */
import { z } from '@hono/zod-openapi';
import { bytesToHex } from '@noble/hashes/utils.js';
import { openLedger } from '../../ledger/d1.ts';
import { SCHEDULED_GRANTS } from '../../protocol/genesis.ts';
import { scheduleKind } from '../../protocol/governance/values.ts';
import type { Emission } from '../../protocol/money/emission.ts';
import { emissionByYear, type MoneyTerms, moneyTerms, READINGS, YEARS_MAX } from '../../protocol/money/schedule.ts';
import { type WireTokenomics, wireTokenomics } from '../../protocol/money/wire.ts';
import { parametersAt, parametersPlace } from '../../protocol/record/parameter.ts';
import { networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { decimalText } from './fields.ts';

const day = z.object({
  day: decimalText.openapi({ description: 'Whole days after the genesis' }),
  timeMs: decimalText,
});

const year = z.object({
  year: z.int().nonnegative(),
  timeMs: decimalText,
  byAllocation: z.record(z.string(), decimalText),
  circulatingZhi: decimalText,
});

const tokenomicsSchema = z
  .object({
    supplyZhi: decimalText,
    createdMs: decimalText,
    epochMs: decimalText,
    emissionDivisor: decimalText,
    allocations: z.array(z.object({ account: z.string(), amountZhi: decimalText })),
    othersZhi: decimalText.openapi({ description: 'Circulates from the genesis on' }),
    emission: z.object({
      halfLifeEpochs: decimalText,
      halfLifeMs: decimalText,
      epochs: decimalText.openapi({ description: 'That mint anything at all' }),
      restZhi: decimalText.openapi({ description: 'Never minted' }),
    }),
    grants: z.array(
      z.object({
        grant: z.enum([...SCHEDULED_GRANTS, 'marketing']).openapi({ description: 'Marketing once governance set it' }),
        amountZhi: decimalText,
        lockDays: z.int().nonnegative(),
        dailyMillionths: z.int().nonnegative(),
        base: z.enum(READINGS).openapi({ description: 'What the network goes by' }),
        first: day,
        exhausted: z.object({ grant: day, supply: day }),
      }),
    ),
    readings: z.object({ grant: z.array(year).optional(), supply: z.array(year).optional() }),
  })
  .openapi('Tokenomics');

const YEARS = 40;
const years = z
  .string()
  .regex(/^[1-9][0-9]{0,2}$/, `not an integer from 1 to ${YEARS_MAX}`)
  .transform(Number)
  .refine((count) => count <= YEARS_MAX, `not an integer from 1 to ${YEARS_MAX}`)
  .optional()
  .transform((count) => count ?? YEARS)
  .openapi({ type: 'integer', minimum: 1, maximum: YEARS_MAX, default: YEARS });

export function addTokenomics(api: Api): void {
  addOperation(
    api,
    {
      id: 'getTokenomics',
      method: 'get',
      path: '/v1/tokenomics',
      tag: 'Chain',
      summary: 'What circulates by year if every epoch is rewarded and everything vested is claimed, in both readings',
      query: z.strictObject({ years }),
      answers: { 200: { description: 'The schedule', schema: tokenomicsSchema } },
      refuses: [],
    },
    (c, { query }) => tokenomics(c, query.years),
  );
}

const ALL_YEARS = Array.from({ length: YEARS_MAX + 1 }, (_, i) => i);

/**
 * A function of the genesis: all epochs that mint, some 1.55 million, are gone through once in an isolate. That is one piece of
 * work of about a tenth of a second.
 */
let walked: { readonly of: string; readonly emission: Emission } | undefined;
/** Of marketing's schedule as well. */
let known: { readonly of: string; readonly told: WireTokenomics } | undefined;

function emissionOf(hash: string, terms: MoneyTerms): Emission {
  if (walked?.of !== hash) walked = { of: hash, emission: emissionByYear(terms, ALL_YEARS) };
  return walked.emission;
}

async function tokenomics(c: ApiContext, count: number): Promise<Response> {
  const { genesis, hash } = await networkOf(c.env);
  const ledger = openLedger(c.env.DB);
  const [tip, record] = await Promise.all([ledger.tip(), ledger.record(parametersPlace)]);
  const timeMs = tip?.timeMs ?? genesis.createdMs;
  const { marketingVesting } = parametersAt({ record: () => record }, genesis, timeMs);
  const network = bytesToHex(hash);
  const of = `${network} ${scheduleKind.text(marketingVesting)}`;
  if (known?.of !== of) {
    const terms = moneyTerms(genesis, marketingVesting);
    known = { of, told: wireTokenomics(terms, READINGS, ALL_YEARS, emissionOf(network, terms)) };
  }
  const { readings, ...told } = known.told;
  const until = { grant: readings.grant?.slice(0, count + 1), supply: readings.supply?.slice(0, count + 1) };
  return Response.json({ ...told, readings: until } as WireTokenomics);
}
