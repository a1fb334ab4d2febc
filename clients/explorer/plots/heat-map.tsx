/** A confusion matrix: a table whose cells are as deep as their share of their row. Numbers stay readable on every depth. */

interface HeatMapProps {
  readonly caption: string;
  readonly rowName: string;
  readonly columnName: string;
  readonly names: readonly string[];
  /** Row-major counts: truth by prediction. */
  readonly counts: readonly number[];
}

/** Percent of the colour at a share of 1: the ink keeps its contrast on it in both themes. */
const DEPTH_MAX = 48;

export function HeatMap({ caption, rowName, columnName, names, counts }: HeatMapProps) {
  const size = names.length;
  return (
    <div class="scroll">
      <table class="heat" aria-label={caption}>
        <thead>
          <tr>
            <th scope="col">
              {rowName} \ {columnName}
            </th>
            {names.map((name) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name, row) => {
            const cells = counts.slice(row * size, (row + 1) * size);
            const sum = cells.reduce((total, count) => total + count, 0);
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                {cells.map((count, column) => (
                  <HeatCell
                    key={names[column]}
                    count={count}
                    share={sum === 0 ? 0 : count / sum}
                    isRight={row === column}
                  />
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function HeatCell({ count, share, isRight }: { count: number; share: number; isRight: boolean }) {
  // A custom property set by the script: the page's policy allows no style text.
  const depth = { '--depth': `${Math.round(share * DEPTH_MAX)}%` };
  return (
    <td class={`number heat-cell ${isRight ? 'hit' : 'miss'}`} style={depth}>
      {count}
    </td>
  );
}
