/** The visitor's money: its balance, and the faucet of a development network. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { HaiError } from '../sdk/errors.ts';
import type { Session } from './session.ts';

export interface WalletState {
  readonly balanceZhi: bigint | undefined;
  readonly isFunding: boolean;
  readonly fundingError: unknown;
}

/** Zero for an account that the chain does not know yet. */
async function balanceOf({ client, isKnown }: Session): Promise<bigint> {
  if (!isKnown()) return 0n;
  try {
    return BigInt((await client.account()).balanceZhi);
  } catch (error) {
    if (error instanceof HaiError && error.code === 'unknown_account') return 0n;
    throw error;
  }
}

/** `pays`: whether the faucet is to pay without being asked, once, as soon as there is a session. */
export function useWallet(session: Session | undefined, pays: boolean) {
  const [wallet, setWallet] = useState<WalletState>({
    balanceZhi: undefined,
    isFunding: false,
    fundingError: undefined,
  });
  const refresh = useCallback(async () => {
    if (!session) return;
    const balanceZhi = await balanceOf(session).catch(() => undefined);
    setWallet((last) => ({ ...last, balanceZhi }));
  }, [session]);
  const fund = useCallback(async () => {
    if (!session) return;
    setWallet((last) => ({ ...last, isFunding: true, fundingError: undefined }));
    let fundingError: unknown;
    try {
      await session.client.faucet();
      session.remember();
    } catch (error) {
      fundingError = error;
    }
    await refresh();
    setWallet((last) => ({ ...last, isFunding: false, fundingError }));
  }, [session, refresh]);
  useEffect(() => void refresh(), [refresh]);
  const isPoor = wallet.balanceZhi === 0n && !wallet.isFunding && wallet.fundingError === undefined;
  useEffect(() => {
    if (pays && isPoor) void fund();
  }, [pays, isPoor, fund]);
  return { wallet, fund, refresh };
}
