/** The story of one network: train on a table of numbers, predict the rows held out, verify, and let a provider cheat. */
import { useState } from 'preact/hooks';
import type { DataSet } from './data-set.ts';
import { CheatChapter, LiveChapter, OrderChapter, ProofChapter, ResultChapter } from './parts/chapters.tsx';
import { DataDrop } from './parts/data-drop.tsx';
import { Section } from './parts/section.tsx';
import { useStory } from './story.ts';
import type { StoryProps } from './story-props.ts';
import { useText } from './text/language.ts';
import { useWallet } from './wallet-state.ts';

export function NetworkStory({ reader, network, session, openSession, regionOfProvider }: StoryProps) {
  const text = useText();
  const [set, setSet] = useState<DataSet>();
  const isDevelopment = network?.genesis.profile === 'development';
  // A visitor who has chosen data is about to order.
  const { wallet, fund, refresh } = useWallet(session, isDevelopment && set !== undefined);
  const [story, actions] = useStory(session, refresh);
  const choose = (next: DataSet | undefined): void => {
    setSet(next);
    actions.forget();
    if (next) openSession();
  };
  const shared = { session, story, actions, regionOfProvider };
  return (
    <>
      <Section id="data" number={1} title={text.data.title}>
        <DataDrop set={set} isBusy={story.isBusy} onChoose={choose} />
      </Section>
      <OrderChapter {...shared} set={set} wallet={wallet} onFund={fund} hasFaucet={isDevelopment} />
      <LiveChapter {...shared} />
      <ResultChapter {...shared} />
      <ProofChapter {...shared} reader={reader} genesis={network?.hex} />
      <CheatChapter {...shared} genesis={network?.hex} isDevelopment={isDevelopment} />
    </>
  );
}
