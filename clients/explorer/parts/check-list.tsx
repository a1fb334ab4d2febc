/** Each check of a receipt, and how it went. Those after the one that refused were not made. */
import { RECEIPT_CHECKS, type ReceiptVerdict } from '../receipt-verdict.ts';
import { useText } from '../text/language.ts';

export function CheckList({ verdict: { refusedAt, counts } }: { readonly verdict: ReceiptVerdict }) {
  const { proof: text } = useText();
  const end = refusedAt === undefined ? RECEIPT_CHECKS.length : RECEIPT_CHECKS.indexOf(refusedAt);
  const stateOf = (place: number) => (place < end ? 'passed' : place === end ? 'refused' : 'notMade');
  return (
    <>
      <ol class="checks">
        {RECEIPT_CHECKS.map((check, place) => {
          const [name, what] = text.checks[check];
          const state = stateOf(place);
          return (
            <li key={check} class={state} data-check={check} data-state={state}>
              <strong>{name}</strong>
              <span>{what}</span>
              <em>{state === 'refused' ? text.refused : text[state]}</em>
            </li>
          );
        })}
      </ol>
      {counts && refusedAt === undefined ? (
        <p class="figure">{text.counts(counts.blocks, counts.signatures, counts.transactions)}</p>
      ) : null}
    </>
  );
}
