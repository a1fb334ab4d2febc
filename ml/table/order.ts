/** The one order of texts in a table: ascending UTF-8 bytes. */

/**
 * As a comparison of the UTF-8 bytes of two well-formed texts, without making them. UTF-16 orders surrogate pairs (U+10000 and up)
 * before U+E000 to U+FFFF; UTF-8 orders by code point.
 */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [unitA, unitB] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (unitA !== unitB) return codePointRank(unitA) - codePointRank(unitB);
  }
  return a.length - b.length;
}

/** Surrogates, 0xD800 to 0xDFFF, above every other code unit. */
const codePointRank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
