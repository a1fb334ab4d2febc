/** Spending limits: another key opens orders in this account's name, up to a limit and a height. */
import { encodeAllow } from '../../protocol/tx/allow.ts';
import { type BlockHeight, blockHeight, type Zhi } from '../../protocol/units.ts';
import type { WireAllowance, WireChain, WireTransaction } from '../../protocol/wire.ts';
import { type Context, keyOf } from './context.ts';
import { submitTransaction } from './transactions.ts';

export function allowanceCalls(context: Context) {
  const { transport } = context;

  const allowUntil = (key: string, limitZhi: Zhi, expiryHeight: () => Promise<BlockHeight>): Promise<WireTransaction> =>
    submitTransaction(context, 'allow', async () =>
      encodeAllow({ key: keyOf(key, 'key'), limitZhi, expiryHeight: await expiryHeight() }),
    );

  return {
    /**
     * `key`: an address. Lasts `blocks` from the tip on, to `expiryHeight`. Replaces what it was allowed before. Resolves once it
     * is in a block.
     */
    async allow(
      key: string,
      limitZhi: Zhi,
      blocks: bigint,
    ): Promise<WireTransaction & { readonly expiryHeight: string }> {
      let expiryHeight = blockHeight(0n);
      const transaction = await allowUntil(key, limitZhi, async () => {
        const { tip } = await transport.json<WireChain>({ method: 'GET', path: '/v1/chain' });
        expiryHeight = blockHeight(BigInt(tip.height) + blocks);
        return expiryHeight;
      });
      return { ...transaction, expiryHeight: expiryHeight.toString() };
    },
    /** Ends an allowance; throws HaiError unknown_allowance where there never was one. What the key has opened by then goes on. */
    endAllowance: (key: string) => allowUntil(key, 0n as Zhi, () => Promise.resolve(blockHeight(0n))),
    /** As of the last final block. Throws HaiError unknown_allowance where there is none, or it ended. */
    allowance: (payer: string, key: string) =>
      transport.json<WireAllowance>({ method: 'GET', path: `/v1/accounts/${payer}/allowances/${key}` }),
  };
}
