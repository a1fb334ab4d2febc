/** Which of the names was meant by one that is not there. */

const LENGTH_MAX = 64;
const folded = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_.-]+/g, '');

/** Letters to insert, take out or change: V. Levenshtein, 1966. Two rows of the table at a time. */
function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (before[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(changed, (before[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    before = row;
  }
  return before[b.length] as number;
}

/** The name that differs by case, spaces and marks alone; else the first with a letter in four otherwise. */
export function nearName(wanted: string, names: readonly string[]): string | undefined {
  const like = folded(wanted);
  const same = names.find((name) => folded(name) === like && like !== '');
  if (same !== undefined || like.length > LENGTH_MAX) return same;
  let [best, least]: [string | undefined, number] = [undefined, Math.floor(like.length / 4) + 1];
  for (const name of names) {
    const other = folded(name);
    // Names of quite another length are no slips, and cost no comparison.
    if (Math.abs(other.length - like.length) >= least) continue;
    const away = distance(like, other);
    if (away < least) [best, least] = [name, away];
  }
  return best;
}
