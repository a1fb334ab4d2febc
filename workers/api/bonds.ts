/** /v1/accounts/{address}/bond: what an account has bonded, and votes with. */

import { z } from '@hono/zod-openapi';
import { openLedger } from '../../ledger/d1.ts';
import { addressOf } from '../../protocol/address.ts';
import { bondOf, bondPlace } from '../../protocol/record/bond.ts';
import type { WireBond } from '../../protocol/wire.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { account, addressText, decimalText } from './fields.ts';

const bondSchema = z
  .object({
    address: addressText,
    bondedZhi: decimalText.openapi({ description: 'The weight of the account’s votes' }),
    unbonding: z
      .array(z.object({ amountZhi: decimalText, releaseMs: decimalText }))
      .openapi({ description: 'On its way back, and without a vote' }),
    candidate: addressText.nullable(),
  })
  .openapi('Bond') satisfies z.ZodType<WireBond>;

export function addBonds(api: Api): void {
  addOperation(
    api,
    {
      id: 'getBond',
      method: 'get',
      path: '/v1/accounts/{address}/bond',
      tag: 'Accounts',
      summary: 'What the account has bonded, as of the last final block; zero for one that never did',
      params: z.strictObject({ address: account }),
      answers: { 200: { description: 'The bond', schema: bondSchema } },
      refuses: [],
    },
    (c, { params }) => bond(c, params.address),
  );
}

async function bond(c: ApiContext, key: Uint8Array): Promise<Response> {
  const value = await openLedger(c.env.DB).record(bondPlace(key));
  const { bondedZhi, unbonding, candidate } = bondOf({ record: () => value }, key);
  return Response.json({
    address: addressOf(key),
    bondedZhi: bondedZhi.toString(),
    unbonding: unbonding.map(({ amountZhi, releaseMs }) => ({
      amountZhi: amountZhi.toString(),
      releaseMs: releaseMs.toString(),
    })),
    candidate: candidate ? addressOf(candidate) : null,
  } satisfies WireBond);
}
