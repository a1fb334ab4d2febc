// What both int8 products share.

/** Closes the gaps of c in place: rows of `ld` int32 become rows of n. Every row moves down or stays. */
export function compact(c: usize, m: i32, ld: i32, n: i32): void {
  for (let r = 1; r < m; r++) {
    memory.copy(c + <usize>r * <usize>n * 4, c + <usize>r * <usize>ld * 4, <usize>n * 4);
  }
}
