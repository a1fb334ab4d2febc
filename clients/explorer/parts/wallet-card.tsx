/** The visitor's account and its money. */
import { hai, shortAddress } from '../format.ts';
import { useText } from '../text/language.ts';
import type { WalletState } from '../wallet-state.ts';
import { ErrorAlert } from './refusal.tsx';

interface WalletCardProps {
  readonly address: string;
  readonly wallet: WalletState;
  readonly hasFaucet: boolean;
  readonly onFund: () => void;
}

export function WalletCard({ address, wallet, hasFaucet, onFund }: WalletCardProps) {
  const { order: text } = useText();
  const { balanceZhi, isFunding, fundingError } = wallet;
  return (
    <div class="card wallet">
      <h3>{text.wallet}</h3>
      <code title={address}>{shortAddress(address)}</code>
      <p class="balance">
        <span class="figure">{balanceZhi === undefined ? '…' : hai(balanceZhi)}</span> HAI
        <span class="unseen">{text.balance}</span>
      </p>
      {hasFaucet ? (
        <button type="button" class="plain" disabled={isFunding} onClick={onFund}>
          {isFunding ? text.funding : text.faucet}
        </button>
      ) : null}
      {fundingError === undefined ? null : <ErrorAlert error={fundingError} />}
      <small>{text.walletNote}</small>
    </div>
  );
}
