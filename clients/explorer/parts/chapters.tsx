/** The chapters of the network's story after the data: each shows what the story has so far, or says what it waits for. */
import type { DataSet } from '../data-set.ts';
import type { Reader } from '../reader.ts';
import type { Session } from '../session.ts';
import type { Story, StoryActions } from '../story.ts';
import { useText } from '../text/language.ts';
import type { WalletState } from '../wallet-state.ts';
import { CheatView } from './cheat-view.tsx';
import { OrderBlock } from './order-block.tsx';
import { OrderForm } from './order-form.tsx';
import { OrderLive } from './order-live.tsx';
import { ReceiptView } from './receipt-view.tsx';
import { ResultView } from './result-view.tsx';
import { focusChapter, Section } from './section.tsx';
import { WalletCard } from './wallet-card.tsx';

export interface ChapterProps {
  readonly session: Session | undefined;
  readonly story: Story;
  readonly actions: StoryActions;
  readonly regionOfProvider: (address: string) => string | undefined;
}

interface OrderProps extends ChapterProps {
  readonly set: DataSet | undefined;
  readonly wallet: WalletState;
  readonly onFund: () => void;
  readonly hasFaucet: boolean;
}

export function OrderChapter({ session, story, actions, set, wallet, onFund, hasFaucet }: OrderProps) {
  const { order: text } = useText();
  return (
    <Section id="order" number={2} title={text.title} wait={set ? undefined : text.wait}>
      {set && session ? (
        <div class="order-columns">
          <OrderForm
            client={session.client}
            set={set}
            isFunded={(wallet.balanceZhi ?? 0n) > 0n}
            isBusy={story.isBusy}
            isOrdered={story.trained !== undefined}
            onOrder={(work, priceLimitZhi) => {
              void actions.orderTraining(set, work, priceLimitZhi);
              focusChapter('live');
            }}
          />
          <WalletCard address={session.account.address} wallet={wallet} hasFaucet={hasFaucet} onFund={onFund} />
        </div>
      ) : null}
    </Section>
  );
}

export function LiveChapter({ story: { trainRun, predictRun }, regionOfProvider }: ChapterProps) {
  const { live: text } = useText();
  return (
    <Section id="live" number={3} title={text.title} wait={trainRun ? undefined : text.wait}>
      {trainRun ? (
        <OrderLive title={text.train} name="train" run={trainRun} regionOfProvider={regionOfProvider} />
      ) : null}
      {predictRun ? (
        <OrderLive title={text.predict} name="predict" run={predictRun} regionOfProvider={regionOfProvider} />
      ) : null}
    </Section>
  );
}

export function ResultChapter({ session, story: { trained, predicted } }: ChapterProps) {
  const { result: text } = useText();
  return (
    <Section id="result" number={4} title={text.title} wait={predicted ? undefined : text.wait}>
      {session && trained && predicted ? (
        <ResultView client={session.client} trained={trained} predicted={predicted} />
      ) : null}
    </Section>
  );
}

export function ProofChapter({
  session,
  story,
  reader,
  genesis,
}: ChapterProps & { reader: Reader; genesis: string | undefined }) {
  const { proof: text } = useText();
  // The training order: the one that the visitor placed by hand.
  const order = story.trained?.order.id;
  const height = story.trained?.order.block?.height;
  return (
    <Section id="proof" number={5} title={text.title} wait={order ? undefined : text.wait}>
      {height === undefined ? null : <OrderBlock key={height} reader={reader} height={height} />}
      <p>{text.note}</p>
      {session && order && genesis ? (
        <ReceiptView key={order} client={session.client} order={order} genesis={genesis} />
      ) : null}
    </Section>
  );
}

export function CheatChapter(props: ChapterProps & { genesis: string | undefined; isDevelopment: boolean }) {
  const { cheat: text } = useText();
  const { session, story, actions, regionOfProvider, genesis, isDevelopment } = props;
  const wait = story.trained ? (isDevelopment ? undefined : text.production) : text.wait;
  return (
    <Section id="cheat" number={6} title={text.title} wait={wait}>
      {session && genesis ? (
        <CheatView
          client={session.client}
          genesis={genesis}
          run={story.cheatRun}
          cheated={story.cheated}
          isBusy={story.isBusy}
          onRun={actions.orderFromLiar}
          regionOfProvider={regionOfProvider}
        />
      ) : null}
    </Section>
  );
}
