/** The providers that tried an order. One whose result failed the check is struck out: it was not paid. */
import type { WireAttempt, WireOrder } from '../../../protocol/wire.ts';
import { shortAddress } from '../format.ts';
import type { Text } from '../text/en.ts';
import { useText } from '../text/language.ts';

interface AttemptListProps {
  readonly order: WireOrder;
  readonly regionOfProvider: (address: string) => string | undefined;
}

const verdictOf = ({ verdict }: WireAttempt, order: WireOrder, { live }: Text): string =>
  verdict === 'passed' && order.state !== 'settled' ? live.checked.passed : live.verdicts[verdict];

export function AttemptList({ order, regionOfProvider }: AttemptListProps) {
  const text = useText();
  return (
    <div class="attempts">
      <h4>{text.live.attempts}</h4>
      <ol>
        {order.attempts.map((attempt) => {
          const { provider, verdict, method } = attempt;
          const address = (
            <>
              <code title={provider}>{shortAddress(provider)}</code> {regionOfProvider(provider)}
            </>
          );
          return (
            <li key={attempt.attempt} class={`attempt ${verdict}`} data-verdict={verdict}>
              <small>{text.live.attempt(attempt.attempt)}</small>
              {verdict === 'failed' ? <del>{address}</del> : <span>{address}</span>}
              <strong>{verdictOf(attempt, order, text)}</strong>
              {method ? <small>{text.live.methods[method]}</small> : null}
            </li>
          );
        })}
      </ol>
    </div>
  );
}
