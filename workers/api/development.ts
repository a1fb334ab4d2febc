/** Routes of development networks: the faucet, and a provider that lies on demand. Elsewhere each refuses with `dev_only`. */
import { z } from '@hono/zod-openapi';
import { type Failure, fail } from '../../protocol/errors.ts';
import { regionNumber, regionOf } from '../../protocol/regions.ts';
import { ZHI_PER_HAI } from '../../protocol/units.ts';
import { regionStub } from '../env.ts';
import { isDevelopmentNetwork, networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { account, regionName, u64 } from './fields.ts';
import { claimOf, once } from './idempotency.ts';
import { homeRegionOf, regionOfRequest } from './places.ts';
import { transactionSchema } from './schemas.ts';
import { transactionResponse } from './transactions.ts';

const FAUCET_DEFAULT_ZHI = 1_000n * ZHI_PER_HAI;
const FAUCET_MAX_ZHI = 10_000n * ZHI_PER_HAI;
const LIES_MAX = 100;

const faucetBody = z.strictObject({ account, amountZhi: u64.optional() }).openapi('FaucetRequest');
const liesBody = z.strictObject({ region: regionName, times: z.int().min(0).max(LIES_MAX) }).openapi('LiesRequest');

export function addDevelopment(api: Api): void {
  addOperation(
    api,
    {
      id: 'payFromFaucet',
      method: 'post',
      path: '/v1/faucet',
      tag: 'Development',
      summary:
        'Give an account money: 1,000 HAI unless told otherwise, at most 10,000. A new account’s home is where the request comes from',
      body: { json: faucetBody },
      idempotent: true,
      prefer: true,
      answers: {
        200: { description: 'Applied', schema: transactionSchema },
        202: { description: 'On its way', schema: transactionSchema },
      },
      refuses: ['amount_out_of_range', 'dev_only', 'faucet_empty'],
    },
    (c, { body }) => payFromFaucet(c, body.account, body.amountZhi ?? FAUCET_DEFAULT_ZHI),
  );
  addOperation(
    api,
    {
      id: 'setLies',
      method: 'post',
      path: '/v1/dev/lies',
      tag: 'Development',
      summary:
        'Make the next results of a region’s provider carry a flipped byte. Sets a number, so it may be repeated',
      body: { json: liesBody },
      answers: { 204: { description: 'Set' } },
      refuses: ['dev_only'],
    },
    async (c, { body }) => {
      if (!(await isDevelopmentNetwork(c.env))) return fail('dev_only');
      await regionStub(c.env, body.region).setLies(body.times);
      return new Response(null, { status: 204 });
    },
  );
}

async function payFromFaucet(c: ApiContext, to: Uint8Array, amountZhi: bigint): Promise<Response | Failure> {
  if (amountZhi === 0n || amountZhi > FAUCET_MAX_ZHI)
    return fail('amount_out_of_range', `at most ${FAUCET_MAX_ZHI}`, 'amountZhi');
  if (!(await isDevelopmentNetwork(c.env))) return fail('dev_only');
  const { genesis } = await networkOf(c.env);
  const home = (await homeRegionOf(c.env, to)) ?? regionOfRequest(c.req.raw, genesis);
  const sequencer = regionOf(genesis.sequencerRegion);
  return once(regionStub(c.env, home), await claimOf(c, to), async () => {
    const paid = await regionStub(c.env, sequencer).faucet(to, amountZhi, regionNumber(home));
    return paid.ok ? transactionResponse(c, sequencer, paid.value) : paid;
  });
}
