/** Bonds: money that is locked to vote with. Loaded by who needs it: `client.with(bondCalls)`. */
import { encodeBond } from '../../protocol/tx/bond.ts';
import { encodeUnbond } from '../../protocol/tx/unbond.ts';
import type { Zhi } from '../../protocol/units.ts';
import type { WireBond } from '../../protocol/wire.ts';
import type { Context } from './context.ts';
import { submitTransaction } from './transactions.ts';

export function bondCalls(context: Context) {
  const { transport } = context;
  return {
    /** As of the last final block. */
    bond: (address = context.account().address) =>
      transport.json<WireBond>({ method: 'GET', path: `/v1/accounts/${address}/bond` }),
    addBond: (amountZhi: Zhi) => submitTransaction(context, 'bond', async () => encodeBond({ amountZhi })),
    /** Out of the vote at once; 21 days later it can be withdrawn. */
    unbond: (amountZhi: Zhi) =>
      submitTransaction(context, 'unbond', async () => encodeUnbond({ kind: 'begin', amountZhi })),
    /** Everything whose 21 days are over. Throws HaiError nothing_due. */
    withdraw: () => submitTransaction(context, 'unbond', async () => encodeUnbond({ kind: 'withdraw' })),
  };
}
