/** The story of a search: a table becomes a model, checked, with its report, its answers and its receipt. */
import { useEffect, useState } from 'preact/hooks';
import { Later } from '../parts/later.tsx';
import { OrderBlock } from '../parts/order-block.tsx';
import { ReceiptView } from '../parts/receipt-view.tsx';
import { focusChapter, Section } from '../parts/section.tsx';
import { WalletCard } from '../parts/wallet-card.tsx';
import type { StoryProps } from '../story-props.ts';
import { useText } from '../text/language.ts';
import { useWallet } from '../wallet-state.ts';
import { DataChapter } from './data-chapter.tsx';
import { hasModel } from './found.ts';
import type { KeptSearch } from './kept.ts';
import { isAnyKept } from './kept-key.ts';
import type { ReadFile } from './read-file.ts';
import { useSearch } from './story.ts';

export function SearchStory({ reader, network, session, openSession, regionOfProvider }: StoryProps) {
  const { search: text, proof } = useText();
  const [read, setRead] = useState<ReadFile>();
  const [isReading, setReading] = useState(false);
  const [wanted, want] = useState<KeptSearch>();
  const isDevelopment = network?.genesis.profile === 'development';
  const { wallet, fund, refresh } = useWallet(session, isDevelopment && read !== undefined);
  const [state, actions] = useSearch(session, refresh);
  const choose = (next: ReadFile): void => {
    setRead(next);
    actions.forget();
    openSession();
  };
  const goOn = (search: KeptSearch): void => {
    openSession();
    want(search);
  };
  // After a reload the session is opened by the wish to go on, and is there a moment later.
  useEffect(() => {
    if (!session || !wanted) return;
    want(undefined);
    void actions.goOn(wanted);
    focusChapter('live');
  }, [session, wanted]);
  const { found, run } = state;
  const isBusy = state.isBusy || isReading || wanted !== undefined;
  const usable = found && hasModel(found) ? found : undefined;
  return (
    <>
      <Section id="data" number={1} title={text.data.title}>
        {network && isAnyKept() ? (
          <Later load={loadKept} genesis={network.hex} shown={run && state.kept?.order} isBusy={isBusy} onGoOn={goOn} />
        ) : null}
        <DataChapter read={read} isBusy={isBusy} isReading={isReading} onReading={setReading} onRead={choose} />
      </Section>
      <Section id="order" number={2} title={text.order.title} wait={read ? undefined : text.order.wait}>
        {read && session ? (
          <div class="order-columns">
            <Later
              load={loadForm}
              client={session.client}
              table={read.read.table}
              isFunded={(wallet.balanceZhi ?? 0n) > 0n}
              isBusy={isBusy}
              isOrdered={found?.table === read.read.table}
              onOrder={(plan, priceLimitZhi) => {
                void actions.order({
                  table: read.read.table,
                  file: read.source.name,
                  readAs: read.readAs,
                  plan,
                  priceLimitZhi,
                });
                focusChapter('live');
              }}
            />
            <WalletCard address={session.account.address} wallet={wallet} hasFaucet={isDevelopment} onFund={fund} />
          </div>
        ) : null}
      </Section>
      <Section id="live" number={3} title={text.live.title} wait={run ? undefined : text.live.wait}>
        {run ? (
          <Later
            load={loadLive}
            state={state}
            regionOfProvider={regionOfProvider}
            onStop={actions.stop}
            onGoOn={isBusy ? undefined : goOn}
          />
        ) : null}
      </Section>
      <Section id="result" number={4} title={text.report.title} wait={found ? undefined : text.report.wait}>
        {found && session ? <Later load={loadReport} client={session.client} found={found} /> : null}
      </Section>
      <Section id="predict" number={5} title={text.predict.title} wait={usable ? undefined : text.predict.wait}>
        {usable && session ? (
          <Later
            load={loadPredict}
            client={session.client}
            found={usable}
            regionOfProvider={regionOfProvider}
            onPaid={refresh}
          />
        ) : null}
      </Section>
      <Section id="proof" number={6} title={proof.title} wait={found ? undefined : proof.wait}>
        {found?.order.block ? (
          <OrderBlock key={found.order.block.height} reader={reader} height={found.order.block.height} />
        ) : null}
        <p>{proof.noteSearch}</p>
        {found && session && network ? (
          <ReceiptView key={found.order.id} client={session.client} order={found.order.id} genesis={network.hex} />
        ) : null}
      </Section>
    </>
  );
}

const loadKept = () => import('./kept-list.tsx').then(({ KeptList }) => KeptList);
const loadForm = () => import('./order-form.tsx').then(({ SearchForm }) => SearchForm);
const loadLive = () => import('./live-chapter.tsx').then(({ LiveSearch }) => LiveSearch);
const loadReport = () => import('./report-chapter.tsx').then(({ ReportChapter }) => ReportChapter);
const loadPredict = () => import('./predict-chapter.tsx').then(({ PredictChapter }) => PredictChapter);
