/** A provider that lies on demand, what the check makes of it, and what the receipt says of who was paid. */

import { hexToBytes } from '@noble/hashes/utils.js';
import { useEffect, useState } from 'preact/hooks';
import { addressOf } from '../../../protocol/address.ts';
import type { VerifiedReceipt } from '../../../protocol/proof/verify-receipt.ts';
import type { Client } from '../../sdk/client.ts';
import { shortAddress } from '../format.ts';
import type { Predicted } from '../order-flow.ts';
import type { OrderRun } from '../story.ts';
import { useText } from '../text/language.ts';
import { OrderLive } from './order-live.tsx';
import { ErrorAlert } from './refusal.tsx';

interface CheatViewProps {
  readonly client: Client;
  readonly genesis: string;
  readonly run: OrderRun | undefined;
  readonly cheated: Predicted | undefined;
  readonly isBusy: boolean;
  readonly onRun: () => void;
  readonly regionOfProvider: (address: string) => string | undefined;
}

export function CheatView({ client, genesis, run, cheated, isBusy, onRun, regionOfProvider }: CheatViewProps) {
  const { cheat: text, live } = useText();
  const isCaught = cheated?.order.attempts.some(({ verdict }) => verdict === 'failed') ?? false;
  return (
    <>
      <p>{text.note}</p>
      <button type="button" class="danger" disabled={isBusy} onClick={onRun}>
        {text.run}
      </button>
      {run ? <OrderLive title={live.cheat} name="cheat" run={run} regionOfProvider={regionOfProvider} /> : null}
      {cheated ? (
        <div
          class={isCaught ? 'verdict accepted cheat-done' : 'verdict refused cheat-done'}
          role="status"
          data-caught={isCaught}
        >
          <p class="verdict-word">{isCaught ? text.caught : text.uncaught}</p>
          <PaidByReceipt client={client} genesis={genesis} order={cheated.order.id} />
        </div>
      ) : null}
    </>
  );
}

interface PaidProps {
  readonly client: Client;
  readonly genesis: string;
  readonly order: string;
}

/** The receipt alone says who was paid: the API's word is not asked for. */
function PaidByReceipt({ client, genesis, order }: PaidProps) {
  const { cheat: text } = useText();
  const [verified, setVerified] = useState<VerifiedReceipt>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    const verify = async (): Promise<void> => {
      const [{ checkReceipt }, file] = await Promise.all([import('../receipt-checks.ts'), client.receipt(order)]);
      const verdict = await checkReceipt(file, genesis);
      if (!verdict.verified) throw new Error(verdict.reason ?? verdict.code);
      setVerified(verdict.verified);
    };
    verify().catch(setError);
  }, [client, genesis, order]);
  if (error !== undefined) return <ErrorAlert error={error} />;
  const liar = verified?.attempts.find(({ verdict }) => verdict === 'failed');
  if (!verified || !liar) return null;
  const named = (key: string): string => shortAddress(addressOf(hexToBytes(key)));
  return (
    <p data-paid={addressOf(hexToBytes(verified.provider))}>
      {text.receipt(named(liar.provider), named(verified.provider))}
    </p>
  );
}
