/** The searches that were ordered in this tab, each with the way back to it: a reload or another file takes none of them. */
import { shortHash } from '../format.ts';
import { useText } from '../text/language.ts';
import { type KeptSearch, keptSearches } from './kept.ts';

interface KeptListProps {
  /** Of the network, hex. */
  readonly genesis: string;
  /** Id of the search that the page shows anyway. */
  readonly shown: string | undefined;
  readonly isBusy: boolean;
  readonly onGoOn: (search: KeptSearch) => void;
}

export function KeptList({ genesis, shown, isBusy, onGoOn }: KeptListProps) {
  const { search } = useText();
  const text = search.kept;
  const searches = keptSearches(sessionStorage)
    .at(genesis)
    .filter(({ order }) => order !== shown);
  if (searches.length === 0) return null;
  return (
    <div class="card kept">
      <h3>{text.title}</h3>
      <p>{text.note}</p>
      <ul>
        {searches.map((one) => (
          <li key={one.order} data-kept={one.order} data-found={one.isFound}>
            <span>
              <strong>{one.file}</strong> {one.target === '' ? '' : text.target(one.target)}{' '}
              <code title={one.order}>{shortHash(one.order)}</code>
            </span>
            <button type="button" class="plain" disabled={isBusy} onClick={() => onGoOn(one)}>
              {one.isFound ? text.open : text.goOn}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
