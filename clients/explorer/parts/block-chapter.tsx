/** The newest blocks, and one of them opened. */
import { useState } from 'preact/hooks';
import type { WireBlock } from '../../../protocol/wire.ts';
import { useText } from '../text/language.ts';
import { BlockCard } from './block-card.tsx';
import { BlockTable } from './block-table.tsx';
import { Section } from './section.tsx';

export function BlockChapter({ blocks }: { readonly blocks: readonly WireBlock[] }) {
  const { block: text } = useText();
  const [shown, setShown] = useState<WireBlock>();
  return (
    <Section id="blocks" number={7} title={text.latest}>
      <BlockTable blocks={blocks} shownHeight={shown?.height} onShow={setShown} />
      {shown ? <BlockCard block={shown} /> : null}
    </Section>
  );
}
