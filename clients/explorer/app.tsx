/** The page, top-down as the order goes: data, order, seven steps, result, receipt, cheating provider, blocks. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { addressOf } from '../../protocol/address.ts';
import { regionOf } from '../../protocol/regions.ts';
import type { Network } from '../sdk/network.ts';
import { useChain } from './chain-view.ts';
import type { DataSet } from './data-set.ts';
import {
  BlockChapter,
  CheatChapter,
  LiveChapter,
  OrderChapter,
  ProofChapter,
  ResultChapter,
} from './parts/chapters.tsx';
import { DataDrop } from './parts/data-drop.tsx';
import { NetworkBar } from './parts/network-bar.tsx';
import { ErrorAlert } from './parts/refusal.tsx';
import { Section } from './parts/section.tsx';
import type { Reader } from './reader.ts';
import type { Session } from './session.ts';
import { useStory } from './story.ts';
import { useText } from './text/language.ts';

interface AppProps {
  readonly reader: Reader;
  readonly isPinned: boolean;
}

export function App({ reader, isPinned }: AppProps) {
  const text = useText();
  const [network, networkError] = useNetwork(reader);
  const view = useChain(reader);
  const [session, openSession, sessionError] = useSession(network);
  const [story, actions] = useStory(session);
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
  const fault = networkError ?? sessionError;
  const shared = { session, story, actions, regionOfProvider };
  return (
    <>
      <NetworkBar network={network} isPinned={isPinned} chain={view.chain} isLost={view.isLost} />
      <main>
        <div class="lead">
          <h1>{text.headline}</h1>
          <p>{text.lead}</p>
        </div>
        {fault === undefined ? null : <ErrorAlert error={fault} />}
        <Section id="data" number={1} title={text.data.title}>
          <DataDrop set={story.set} isBusy={story.isBusy} onChoose={choose} />
        </Section>
        <OrderChapter {...shared} hasFaucet={isDevelopment} />
        <LiveChapter {...shared} />
        <ResultChapter {...shared} />
        <ProofChapter {...shared} reader={reader} genesis={network?.hex} />
        <CheatChapter {...shared} genesis={network?.hex} isDevelopment={isDevelopment} />
        <BlockChapter blocks={view.blocks} />
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
function useSession(network: Network | undefined): readonly [Session | undefined, () => void, unknown] {
  const [session, setSession] = useState<Session>();
  const [error, setError] = useState<unknown>();
  const [isWanted, setWanted] = useState(false);
  useEffect(() => {
    if (!isWanted || !network) return;
    import('./session.ts').then(({ openSession }) => setSession(openSession(network))).catch(setError);
  }, [isWanted, network]);
  return [session, () => setWanted(true), error];
}

function useProviderRegions(network: Network | undefined): (address: string) => string | undefined {
  return useMemo(() => {
    const providers = network?.genesis.providers ?? [];
    const regions = new Map(providers.map(({ key, region }) => [addressOf(key), regionOf(region)]));
    return (address) => regions.get(address);
  }, [network]);
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
