/** One order as it lives: seven steps with their times, the providers that tried, and the money. */
import { isMetered } from '../../../protocol/order/bill.ts';
import { STEPS } from '../../../protocol/order/lifecycle.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import { hai, shortHash } from '../format.ts';
import type { OrderRun } from '../story.ts';
import { useText } from '../text/language.ts';
import { AttemptList } from './attempt-list.tsx';
import { Facts } from './facts.tsx';
import { ErrorAlert } from './refusal.tsx';
import { StepList } from './step-list.tsx';

interface OrderLiveProps {
  readonly title: string;
  readonly name: string;
  readonly run: OrderRun;
  readonly regionOfProvider: (address: string) => string | undefined;
}

export function OrderLive({ title, name, run, regionOfProvider }: OrderLiveProps) {
  const { live: text } = useText();
  const { order, error } = run;
  return (
    <article class="card order-live" data-order={name} data-final={order?.final ?? false}>
      <header>
        <h3>{title}</h3>
        {order ? (
          <p class="order-head">
            <code title={order.id}>{shortHash(order.id)}</code>
            <span class="badge">{text.states[order.state]}</span>
            <span>{order.region}</span>
            <span>{text.paths[order.path]}</span>
          </p>
        ) : null}
      </header>
      {order ? (
        <>
          <StepList order={order} />
          <div class="order-foot">
            <AttemptList order={order} regionOfProvider={regionOfProvider} />
            <Money order={order} />
          </div>
        </>
      ) : null}
      {!order && error === undefined ? <p role="status">{text.preparing}</p> : null}
      {error === undefined ? null : <ErrorAlert error={error} />}
      <StepsAloud order={order} />
    </article>
  );
}

/** Tells a listener of the newest step that is done, each once. */
function StepsAloud({ order }: { readonly order: WireOrder | undefined }) {
  const { live: text, steps } = useText();
  const place = order ? STEPS.findLastIndex((step) => order.steps[step] !== null) : -1;
  const step = STEPS[place];
  return (
    <p class="unseen" aria-live="polite">
      {step ? text.done(steps[step][0], place + 1) : ''}
    </p>
  );
}

function Money({ order }: { readonly order: WireOrder }) {
  const { live: text } = useText();
  const { quote, bill, priceLimitZhi, block, work } = order;
  const equality = bill ? <Equality order={order} bill={bill} /> : null;
  return (
    <div class="money">
      <Facts
        facts={[
          [text.limit, `${hai(priceLimitZhi)} HAI`],
          [isMetered(work) ? text.quoteAtMost : text.quote, `${hai(quote.priceZhi)} HAI`],
          [
            text.bill,
            <>
              {bill ? `${hai(bill.priceZhi)} HAI` : '…'} {equality}
            </>,
          ],
          [text.refund, bill ? `${hai(bill.refundZhi)} HAI` : '…'],
        ]}
      />
      {order.final && block ? <p class="good in-block">{text.inBlock(block.height)}</p> : null}
    </div>
  );
}

/** Of most work the bill is the quote; of metered work the quote is a bound. */
function Equality({ order, bill }: { readonly order: WireOrder; readonly bill: NonNullable<WireOrder['bill']> }) {
  const { live: text } = useText();
  const { quote, work } = order;
  const isEqual = bill.priceZhi === quote.priceZhi && bill.cycles === quote.cycles;
  const isBelow =
    isMetered(work) && BigInt(bill.priceZhi) <= BigInt(quote.priceZhi) && BigInt(bill.cycles) <= BigInt(quote.cycles);
  if (isEqual) return <span class="good">= {text.quote}</span>;
  return <span class={isBelow ? 'good' : 'bad'}>{isBelow ? text.used : text.different}</span>;
}
