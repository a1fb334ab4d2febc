/** The page: the network, the story that the address asks for, and the blocks. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { addressOf } from '../../protocol/address.ts';
import { regionOf } from '../../protocol/regions.ts';
import type { Network } from '../sdk/network.ts';
import { useChain } from './chain-view.ts';
import { BlockChapter } from './parts/block-chapter.tsx';
import { Later } from './parts/later.tsx';
import { NetworkBar } from './parts/network-bar.tsx';
import { ErrorAlert } from './parts/refusal.tsx';
import { StorySwitch } from './parts/story-switch.tsx';
import type { Reader } from './reader.ts';
import { SearchStory } from './search/search-story.tsx';
import type { Session } from './session.ts';
import type { StoryName } from './story-name.ts';
import { useText } from './text/language.ts';

interface AppProps {
  readonly reader: Reader;
  readonly isPinned: boolean;
  readonly storyName: StoryName;
}

export function App({ reader, isPinned, storyName }: AppProps) {
  const text = useText();
  const [network, networkError] = useNetwork(reader);
  const view = useChain(reader);
  const [session, openSession, sessionError] = useSession(network);
  const regionOfProvider = useProviderRegions(network);
  const fault = networkError ?? sessionError;
  const shared = { reader, network, session, openSession, regionOfProvider };
  const isSearch = storyName === 'search';
  return (
    <>
      <NetworkBar network={network} isPinned={isPinned} chain={view.chain} isLost={view.isLost} />
      <main>
        <div class="lead">
          <h1>{isSearch ? text.search.headline : text.headline}</h1>
          <p>{isSearch ? text.search.lead : text.lead}</p>
          <StorySwitch current={storyName} />
        </div>
        {fault === undefined ? null : <ErrorAlert error={fault} />}
        {isSearch ? <SearchStory {...shared} /> : <Later load={loadNetworkStory} {...shared} />}
        <BlockChapter blocks={view.blocks} />
      </main>
      <Footer />
    </>
  );
}

/** Loaded by those who read it. */
const loadNetworkStory = () => import('./network-story.tsx').then(({ NetworkStory }) => NetworkStory);

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
