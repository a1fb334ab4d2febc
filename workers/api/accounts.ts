/** /v1/accounts: balances and nonces, with what is pending counted in. */
import { z } from '@hono/zod-openapi';
import { addressOf } from '../../protocol/address.ts';
import type { WireAccount } from '../../protocol/wire.ts';
import { regionStub } from '../env.ts';
import { addOperation } from './add-operation.ts';
import type { Api } from './context.ts';
import { account } from './fields.ts';
import { homeOf } from './intake.ts';
import { accountSchema } from './schemas.ts';

export function addAccounts(api: Api): void {
  addOperation(
    api,
    {
      id: 'getAccount',
      method: 'get',
      path: '/v1/accounts/{address}',
      tag: 'Accounts',
      summary: 'An account: balance, what is held back, and the nonce of its next transaction',
      params: z.strictObject({ address: account }),
      answers: { 200: { description: 'The account', schema: accountSchema } },
      refuses: ['unknown_account'],
    },
    async (c, { params }) => {
      const home = await homeOf(c.env, params.address);
      if (!home.ok) return home;
      const view = await regionStub(c.env, home.value).account(params.address);
      if (!view.ok) return view;
      return Response.json({
        address: addressOf(params.address),
        homeRegion: home.value,
        balanceZhi: view.value.balanceZhi.toString(),
        reservedZhi: view.value.reservedZhi.toString(),
        nextNonce: view.value.nextNonce.toString(),
      } satisfies WireAccount);
    },
  );
}
