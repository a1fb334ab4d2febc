/** Which network this is, how high it stands, and where its money is. */
import type { WireChain } from '../../../protocol/wire.ts';
import type { Network } from '../../sdk/network.ts';
import { grouped, hai, shortHash } from '../format.ts';
import { useText } from '../text/language.ts';

interface NetworkBarProps {
  readonly network: Network | undefined;
  readonly isPinned: boolean;
  readonly chain: WireChain | undefined;
  readonly isLost: boolean;
}

export function NetworkBar({ network, isPinned, chain, isLost }: NetworkBarProps) {
  const text = useText();
  const named = text.network;
  return (
    <aside class="network-bar" aria-label={named.title}>
      <dl>
        <div>
          <dt>{named.genesis}</dt>
          <dd title={network?.hex}>
            <code>{network ? shortHash(network.hex) : '…'}</code>
            <small>{isPinned ? named.pinned : named.unpinned}</small>
          </dd>
        </div>
        <div>
          <dt>{named.height}</dt>
          <dd class="figure">{chain ? grouped(chain.tip.height) : '…'}</dd>
        </div>
        <div>
          <dt>{named.mode}</dt>
          <dd>
            {chain ? <span class="badge">{named.modes[chain.mode]}</span> : '…'}
            <small>{chain ? named.modeHint[chain.mode] : ''}</small>
          </dd>
        </div>
        <div>
          <dt>{named.supply}</dt>
          <dd>{chain ? <Supply chain={chain} /> : '…'}</dd>
        </div>
      </dl>
      {isLost ? (
        <p class="lost" role="status">
          {named.lost}
        </p>
      ) : null}
    </aside>
  );
}

function Supply({ chain }: { readonly chain: WireChain }) {
  const { network: named } = useText();
  const held = Object.entries(chain.supplyByClass).filter(([, amount]) => amount !== '0');
  const nameOf = (name: string): string => (named.classes as Record<string, string>)[name] ?? name;
  return (
    <details class="supply">
      <summary>
        <span class="figure">{hai(chain.supplyZhi)}</span> HAI
      </summary>
      <table>
        <caption>{named.supplyBy}</caption>
        <tbody>
          {held.map(([name, amount]) => (
            <tr key={name}>
              <th scope="row">{nameOf(name)}</th>
              <td class="figure">{hai(amount)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
