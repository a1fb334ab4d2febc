/** Numbers from a seed that a failing test prints: mulberry32. */
export type Random = () => number;

export const newSeed = (): number => Math.floor(Math.random() * 0x1_0000_0000);

/** In [0, 1). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
