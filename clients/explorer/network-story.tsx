/** The story of one network: train on a table of numbers, predict the rows held out, verify, and let a provider cheat. */
import { useEffect } from 'preact/hooks';
import type { DataSet } from './data-set.ts';
import { CheatChapter, LiveChapter, OrderChapter, ProofChapter, ResultChapter } from './parts/chapters.tsx';
import { DataDrop } from './parts/data-drop.tsx';
import { Section } from './parts/section.tsx';
import { useStory } from './story.ts';
import type { StoryProps } from './story-props.ts';
import { useText } from './text/language.ts';

export function NetworkStory({ reader, network, session, openSession, regionOfProvider }: StoryProps) {
  const text = useText();
  const [story, actions] = useStory(session);
  const isDevelopment = network?.genesis.profile === 'development';
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
      <Section id="data" number={1} title={text.data.title}>
        <DataDrop set={story.set} isBusy={story.isBusy} onChoose={choose} />
      </Section>
      <OrderChapter {...shared} hasFaucet={isDevelopment} />
      <LiveChapter {...shared} />
      <ResultChapter {...shared} />
      <ProofChapter {...shared} reader={reader} genesis={network?.hex} />
      <CheatChapter {...shared} genesis={network?.hex} isDevelopment={isDevelopment} />
    </>
  );
}
