/** One of each list in turn, each list in its own order: a region with much to say does not crowd out the others. */
export function takenInTurn<T>(lists: readonly (readonly T[])[], limit: number): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  const taken: T[] = [];
  for (let i = 0; i < longest && taken.length < limit; i++) {
    for (const list of lists) if (i < list.length) taken.push(list[i] as T);
  }
  return taken.slice(0, limit);
}
