/** The quote of each provider that may come to serve the order, best first. */
import { addressOf } from '../../../protocol/address.ts';
import { ATTEMPTS_MAX } from '../../../protocol/order/matching.ts';
import { regionOf } from '../../../protocol/regions.ts';
import { duration, grouped, hai, shortAddress } from '../format.ts';
import type { LiveQuote } from '../quote.ts';
import { useText } from '../text/language.ts';
import { TableHead } from './table-head.tsx';

export function QuoteTable({ live: { quote, isPending } }: { readonly live: LiveQuote }) {
  const { order: text } = useText();
  if (!quote) return <p role="status">{isPending ? text.quoting : ''}</p>;
  return (
    <figure class={isPending ? 'quote pending' : 'quote'}>
      <figcaption>
        {text.quote}: <strong class="figure">{grouped(quote.cycles)}</strong> {text.cycles}
      </figcaption>
      <div class="scroll">
        <table>
          <TableHead texts={[text.place, text.provider, text.region]} numbers={[text.price, text.seconds]} />
          <tbody>
            {quote.quotes.slice(0, ATTEMPTS_MAX).map(({ provider, priceZhi, durationMs }, i) => {
              const address = addressOf(provider.key);
              return (
                <tr key={address}>
                  <td>{i + 1}</td>
                  <td>
                    <code title={address}>{shortAddress(address)}</code>
                  </td>
                  <td>{regionOf(provider.region)}</td>
                  <td class="number">{hai(priceZhi)} HAI</td>
                  <td class="number">{duration(durationMs)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <small>{text.quoteNote}</small>
    </figure>
  );
}
