/** The newest blocks; each opens as a card. */
import type { WireBlock } from '../../../protocol/wire.ts';
import { grouped, shortHash } from '../format.ts';
import { useText } from '../text/language.ts';
import { TableHead } from './table-head.tsx';

interface BlockTableProps {
  readonly blocks: readonly WireBlock[];
  readonly shownHeight: string | undefined;
  readonly onShow: (block: WireBlock) => void;
}

export function BlockTable({ blocks, shownHeight, onShow }: BlockTableProps) {
  const { block: text } = useText();
  if (blocks.length === 0) return <p class="wait">{text.none}</p>;
  return (
    <div class="scroll">
      <table class="blocks">
        <TableHead
          texts={[text.height, text.hash, text.time, text.region]}
          numbers={[text.transactions, text.cycles]}
        />
        <tbody>
          {blocks.map((block) => (
            <tr key={block.hash} class={block.height === shownHeight ? 'shown' : ''}>
              <td>
                <button type="button" class="plain" aria-label={text.show(block.height)} onClick={() => onShow(block)}>
                  {grouped(block.height)}
                </button>
              </td>
              <td>
                <code>{shortHash(block.hash)}</code>
              </td>
              <td>
                <time dateTime={new Date(Number(block.timeMs)).toISOString()}>
                  {new Date(Number(block.timeMs)).toLocaleTimeString()}
                </time>
              </td>
              <td>{block.region}</td>
              <td class="number">{block.transactions.length}</td>
              <td class="number">{grouped(block.cyclesBilled)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
