/** /v1/accounts/{address}/allowances: what a key may still spend of an account's money. */
import { z } from '@hono/zod-openapi';
import { openLedger } from '../../ledger/d1.ts';
import { addressOf } from '../../protocol/address.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import { allowancePlace, liveAllowance } from '../../protocol/record/allowance.ts';
import type { BlockHeight } from '../../protocol/units.ts';
import type { WireAllowance } from '../../protocol/wire.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { account } from './fields.ts';
import { allowanceSchema } from './schemas.ts';

export function addAllowances(api: Api): void {
  addOperation(
    api,
    {
      id: 'getAllowance',
      method: 'get',
      path: '/v1/accounts/{address}/allowances/{key}',
      tag: 'Accounts',
      summary: 'What a key may still spend on orders of the account, as of the last final block',
      params: z.strictObject({ address: account, key: account }),
      answers: { 200: { description: 'The allowance', schema: allowanceSchema } },
      refuses: ['unknown_allowance'],
    },
    (c, { params }) => allowance(c, params.address, params.key),
  );
}

async function allowance(c: ApiContext, payer: Uint8Array, key: Uint8Array): Promise<Response | Failure> {
  const ledger = openLedger(c.env.DB);
  const [tip, value] = await Promise.all([ledger.tip(), ledger.record(allowancePlace(payer, key))]);
  const height = ((tip?.height ?? 0n) + 1n) as BlockHeight;
  const live = liveAllowance({ record: () => value }, payer, key, height);
  if (!live) return fail('unknown_allowance');
  return Response.json({
    payer: addressOf(payer),
    key: addressOf(key),
    leftZhi: live.leftZhi.toString(),
    expiryHeight: live.expiryHeight.toString(),
  } satisfies WireAllowance);
}
