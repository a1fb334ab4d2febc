/** The page, top-down as the order goes: data, order, seven steps, result, receipt, cheating provider, blocks. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { addressOf } from '../../protocol/address.ts';
import { regionOf } from '../../protocol/regions.ts';
import type { WireBlock } from '../../protocol/wire.ts';
import type { Network } from '../sdk/network.ts';
import { useChain } from './chain-view.ts';
import type { DataSet } from './data-set.ts';
import { BlockCard } from './parts/block-card.tsx';
import { BlockTable } from './parts/block-table.tsx';
import { CheatView } from './parts/cheat-view.tsx';
import { DataDrop } from './parts/data-drop.tsx';
import { NetworkBar } from './parts/network-bar.tsx';
import { OrderForm } from './parts/order-form.tsx';
import { OrderLive } from './parts/order-live.tsx';
import { ReceiptView } from './parts/receipt-view.tsx';
import { ErrorAlert } from './parts/refusal.tsx';
import { ResultView } from './parts/result-view.tsx';
import { Section } from './parts/section.tsx';
import { WalletCard } from './parts/wallet-card.tsx';
import type { Reader } from './reader.ts';
import type { Session } from './session.ts';
import { type Story, type StoryActions, useStory } from './story.ts';
import { useText } from './text/language.ts';

interface AppProps {
  readonly reader: Reader;
  readonly isPinned: boolean;
}

export function App({ reader, isPinned }: AppProps) {
  const text = useText();
  const [network, networkError] = useNetwork(reader);
  const view = useChain(reader);
  const [session, openSession] = useSession(network);
  const [story, actions] = useStory(session?.client);
  const isDevelopment = network?.genesis.profile === 'development';
  const regionOfProvider = useProviderRegions(network);
  // A visitor who has chosen data is about to order: the faucet pays without being asked, once.
  const needsMoney = isDevelopment && story.set !== undefined && story.balanceZhi === 0n && !story.isFunding;
  const hasAsked = story.fundingError !== undefined;
  useEffect(() => {
    if (needsMoney && !hasAsked) void actions.fund();
  }, [needsMoney, hasAsked]);
  const choose = (set: DataSet | undefined): void => {
    actions.choose(set);
    if (set) openSession();
  };
  const shared = { session, story, actions, regionOfProvider };
  return (
    <>
      <NetworkBar network={network} isPinned={isPinned} chain={view.chain} isLost={view.isLost} />
      <main>
        <div class="lead">
          <h1>{text.headline}</h1>
          <p>{text.lead}</p>
        </div>
        {networkError === undefined ? null : <ErrorAlert error={networkError} />}
        <Section id="data" number={1} title={text.data.title}>
          <DataDrop set={story.set} isBusy={story.isBusy} onChoose={choose} />
        </Section>
        <OrderChapter {...shared} hasFaucet={isDevelopment} />
        <LiveChapter {...shared} />
        <ResultChapter {...shared} />
        <ProofChapter {...shared} genesis={network?.hex} />
        <CheatChapter {...shared} genesis={network?.hex} isDevelopment={isDevelopment} />
        <BlockChapter reader={reader} blocks={view.blocks} orderHeight={story.predicted?.order.block?.height} />
      </main>
      <Footer />
    </>
  );
}

/** The verified genesis, or why there is none. */
function useNetwork(reader: Reader): readonly [Network | undefined, unknown] {
  const [network, setNetwork] = useState<Network>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    reader.network().then(setNetwork, setError);
  }, [reader]);
  return [network, error];
}

/** The session of this visit, once the visitor has asked for it and the network is known. */
function useSession(network: Network | undefined): readonly [Session | undefined, () => void] {
  const [session, setSession] = useState<Session>();
  const [isWanted, setWanted] = useState(false);
  useEffect(() => {
    if (!isWanted || !network) return;
    import('./session.ts').then(({ openSession }) => setSession(openSession(network.hex)));
  }, [isWanted, network]);
  return [session, () => setWanted(true)];
}

function useProviderRegions(network: Network | undefined): (address: string) => string | undefined {
  return useMemo(() => {
    const providers = network?.genesis.providers ?? [];
    const regions = new Map(providers.map(({ key, region }) => [addressOf(key), regionOf(region)]));
    return (address) => regions.get(address);
  }, [network]);
}

interface ChapterProps {
  readonly session: Session | undefined;
  readonly story: Story;
  readonly actions: StoryActions;
  readonly regionOfProvider: (address: string) => string | undefined;
}

function OrderChapter({ session, story, actions, hasFaucet }: ChapterProps & { hasFaucet: boolean }) {
  const { order: text } = useText();
  const { set, balanceZhi = 0n } = story;
  return (
    <Section id="order" number={2} title={text.title} wait={set ? undefined : text.wait}>
      {set && session ? (
        <div class="order-columns">
          <OrderForm
            client={session.client}
            set={set}
            isFunded={balanceZhi > 0n}
            isBusy={story.isBusy}
            isOrdered={story.trained !== undefined}
            onOrder={actions.orderTraining}
          />
          <WalletCard address={session.account.address} story={story} hasFaucet={hasFaucet} onFund={actions.fund} />
        </div>
      ) : null}
    </Section>
  );
}

function LiveChapter({ story: { trainRun, predictRun }, regionOfProvider }: ChapterProps) {
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

function ResultChapter({ session, story: { trained, predicted } }: ChapterProps) {
  const { result: text } = useText();
  return (
    <Section id="result" number={4} title={text.title} wait={predicted ? undefined : text.wait}>
      {session && trained && predicted ? (
        <ResultView client={session.client} trained={trained} predicted={predicted} />
      ) : null}
    </Section>
  );
}

function ProofChapter({ session, story, genesis }: ChapterProps & { genesis: string | undefined }) {
  const { proof: text } = useText();
  // The training order: the one that the visitor placed by hand.
  const order = story.trained?.order.id;
  return (
    <Section id="proof" number={5} title={text.title} wait={order ? undefined : text.wait}>
      <p>{text.note}</p>
      {session && order && genesis ? (
        <ReceiptView key={order} client={session.client} order={order} genesis={genesis} />
      ) : null}
    </Section>
  );
}

function CheatChapter(props: ChapterProps & { genesis: string | undefined; isDevelopment: boolean }) {
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

interface BlockChapterProps {
  readonly reader: Reader;
  readonly blocks: readonly WireBlock[];
  readonly orderHeight: string | undefined;
}

/** Shows the block of the visitor's order as soon as there is one, and any other on demand. */
function BlockChapter({ reader, blocks, orderHeight }: BlockChapterProps) {
  const { block: text } = useText();
  const [shown, setShown] = useState<WireBlock>();
  useEffect(() => {
    if (orderHeight !== undefined) reader.block(orderHeight).then(setShown, () => {});
  }, [reader, orderHeight]);
  return (
    <Section id="blocks" number={7} title={text.latest}>
      {shown ? <BlockCard block={shown} /> : null}
      <BlockTable blocks={blocks} shownHeight={shown?.height} onShow={setShown} />
    </Section>
  );
}

function Footer() {
  const { footer: text } = useText();
  return (
    <footer>
      <p>{text.note}</p>
      <nav>
        <a href="/docs">{text.api}</a>
        <a href="/openapi.json">{text.openapi}</a>
        <span>{text.licence}</span>
      </nav>
    </footer>
  );
}
