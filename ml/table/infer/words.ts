/** Words that are no values, and pairs of words that are yes and no. All are compared trimmed and in lower case. */

/** Those that are never a value: what R, Python, SQL and spreadsheets write for nulls and errors. */
export const SURELY_MISSING: readonly string[] = [
  ...['na', 'n/a', '#n/a', '<na>', 'n.a.', 'nan', '-nan', 'nat', 'null', '<null>', '(null)', '\\n', '""'],
  ...['#null!', '#div/0!', '#value!', '#ref!', '#num!', '#name?', '0000-00-00', '0000-00-00 00:00:00'],
];

/** Of English and Chinese tables, and of Weka. Some may be values in a target: missing-classes.ts. */
export const MISSING_WORDS: readonly string[] = [
  ...SURELY_MISSING,
  ...['none', 'nil', 'missing', '?', '-', '--', '—', '——', '.'],
  ...['缺失', '缺', '无', '空', '空值', '不详', '未填'],
];

/** No first, as false sorts before true. */
export const BOOLEAN_PAIRS: readonly (readonly [string, string])[] = [
  ['false', 'true'],
  ['no', 'yes'],
  ['n', 'y'],
  ['f', 't'],
  ['off', 'on'],
  ['否', '是'],
  ['无', '有'],
  ['假', '真'],
  ['错', '对'],
];

/** Spaces of every kind off both ends, full-width forms (１，％) as their usual ones, Unicode's minus as the ASCII one. */
export function tidy(text: string): string {
  const trimmed = text.trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII needs no normalisation.
  if (/^[\x00-\x7f]*$/.test(trimmed)) return trimmed;
  return trimmed
    .normalize('NFKC')
    .replace(/^\u2212/, '-')
    .trim();
}

/** Whether a trimmed text stands for a missing cell. */
export type IsMissing = (text: string) => boolean;

export function missingTest(words: readonly string[] = MISSING_WORDS): IsMissing {
  const set = new Set(words.map((word) => word.trim().toLowerCase()));
  const longest = Math.max(0, ...words.map((word) => word.length));
  return (text) => text === '' || (text.length <= longest && set.has(text.toLowerCase()));
}

/** The pair that these distinct words, missing ones included, are both of; undefined unless each occurs and no other does. */
export function booleanPair(words: Iterable<string>): readonly [string, string] | undefined {
  const lower = new Set<string>();
  for (const word of words) {
    lower.add(word.toLowerCase());
    if (lower.size > 2) return undefined;
  }
  return BOOLEAN_PAIRS.find(([no, yes]) => lower.size === 2 && lower.has(no) && lower.has(yes));
}
