/** Founds the network of a test file with a token to take over: terms and keys are those of the deployment, the money is the faucet's. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { RegionContext } from '../../durable-objects/region/context.ts';
import { foundNetwork } from '../../durable-objects/region/sequencer/found.ts';
import { openLedger } from '../../ledger/d1.ts';
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { decodeGenesis, encodeGenesis, type Genesis } from '../../protocol/genesis.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { DEFAULT_REGION, regionNumber } from '../../protocol/regions.ts';
import { initialState } from '../../protocol/state/initial.ts';
import type { Zhi } from '../../protocol/units.ts';
import { regionStub } from '../../workers/env.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { EVM_CHAIN_ID, SNAPSHOT, SWAP_FUND_ZHI, TOKEN } from '../support/swap.ts';
import { workerEnv } from './region-demander.ts';

/** What the deployment would found, without founding it. */
async function genesisOfDeployment(): Promise<{ genesis: Genesis; faucet: Uint8Array }> {
  const stub = regionStub(workerEnv, DEFAULT_REGION);
  const founded = await runInDurableObject(stub as never, async (_, state) => {
    const context = new RegionContext(state as unknown as DurableObjectState, workerEnv);
    const unfounded = { genesis: async () => undefined, start: async (bytes: Uint8Array) => bytes };
    Object.defineProperty(context, 'ledger', { value: unfounded });
    return { bytes: await foundNetwork(context, Date.now()), faucet: context.keyring.publicKey('faucet') };
  });
  return { genesis: decodeGenesis(founded.bytes), faucet: founded.faucet };
}

/**
 * Founds the deployment's network with some of the faucet's money in the account of a system fund, and with `change`. Before anything
 * else asks for the network.
 */
export async function foundWithFund(
  account: Uint8Array,
  amountZhi: bigint,
  change: Partial<Genesis> = {},
): Promise<void> {
  forgetNetwork();
  const { genesis, faucet } = await genesisOfDeployment();
  const allocations = genesis.allocations.map((one) =>
    equalBytes(one.account, faucet) ? { ...one, amount: (one.amount - amountZhi) as Zhi } : one,
  );
  const fund = { account, amount: amountZhi as Zhi, homeRegion: regionNumber(DEFAULT_REGION) };
  const founded: Genesis = { ...genesis, allocations: [...allocations, fund], ...change };
  await openLedger(env.DB).start(encodeGenesis(founded), initialState(founded).accounts());
}

export const foundSwapNetwork = (): Promise<void> =>
  foundWithFund(SYSTEM_ACCOUNT.swap, SWAP_FUND_ZHI, {
    swap: { evmChainId: EVM_CHAIN_ID, token: TOKEN, snapshot: SNAPSHOT },
  });
