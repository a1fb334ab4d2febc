/** One block: its header's fields, the seats that signed it, its transactions. */
import { SEATS } from '../../../protocol/genesis.ts';
import type { WireBlock } from '../../../protocol/wire.ts';
import { grouped, hai, shortHash } from '../format.ts';
import { useText } from '../text/language.ts';
import { Facts, Hex } from './facts.tsx';

export function BlockCard({ block }: { readonly block: WireBlock }) {
  const { block: text } = useText();
  return (
    <article class="card block" data-height={block.height}>
      <header>
        <h3>
          {text.title} {grouped(block.height)}
        </h3>
        <SeatDots seats={block.seats} />
        <a href={`/v1/blocks/${block.height}`}>{text.raw}</a>
      </header>
      <Facts
        wide
        facts={[
          [text.hash, <Hex key="hash" hex={block.hash} />],
          [text.parent, <Hex key="parent" hex={block.parent} />],
          [text.time, new Date(Number(block.timeMs)).toISOString()],
          [text.region, block.region],
          [text.proposer, String(block.proposerSeat)],
          [text.regime, block.regime],
          [text.cycles, grouped(block.cyclesBilled)],
          [text.supply, `${hai(block.supplyZhi)} HAI`],
          [text.minted, `${hai(block.mintedZhi)} HAI`],
          [text.burned, `${hai(block.burnedZhi)} HAI`],
          [text.txRoot, <Hex key="txRoot" hex={block.txRoot} />],
          [text.receiptRoot, <Hex key="receiptRoot" hex={block.receiptRoot} />],
          [text.stateRoot, <Hex key="stateRoot" hex={block.stateRoot} />],
          [text.resourceRoot, <Hex key="resourceRoot" hex={block.resourceRoot} />],
          [text.electionRoot, <Hex key="electionRoot" hex={block.electionRoot} />],
        ]}
      />
      <Transactions block={block} />
    </article>
  );
}

function SeatDots({ seats }: { readonly seats: readonly number[] }) {
  const { block: text } = useText();
  return (
    <span class="seats" role="img" aria-label={text.seats(seats.length)} title={text.seats(seats.length)}>
      {Array.from({ length: SEATS }, (_, seat) => (
        <i key={seat} class={seats.includes(seat) ? 'signed' : ''} />
      ))}
    </span>
  );
}

function Transactions({ block: { transactions } }: { readonly block: WireBlock }) {
  const { block: text } = useText();
  return (
    <div class="scroll">
      <table>
        <caption>{text.transactions}</caption>
        <tbody>
          {transactions.map(({ hash, type, outcome }) => {
            const refused = outcome.filter((number) => number !== 0);
            return (
              <tr key={hash}>
                <th scope="row">{type}</th>
                <td>
                  <code title={hash}>{shortHash(hash)}</code>
                </td>
                <td>{refused.length === 0 ? text.applied : `${text.outcome} ${refused.join(', ')}`}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
