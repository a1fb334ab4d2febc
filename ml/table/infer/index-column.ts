/** Columns that number the rows: they say nothing of a row, and in a sorted file they give the target away. */
import type { RawColumn } from '../read/raw.ts';
import type { Scan } from './scan.ts';

/** Names that a column of row numbers has. */
const INDEX_NAMES: readonly RegExp[] = [
  /^(?:(?:row|record|case|obs|item|entry)[\s_.-]?(?:id|no|num|number|index)|rownames?|row\.names|id|index|.*[\s_.-]id)$/i,
  /^(?:no\.?|#|s[\s_.-]?no\.?|sr[\s_.-]?no\.?|sl[\s_.-]?no\.?|serial[\s_.-]?(?:no\.?|num|number)|obs|observation)$/i,
  /^unnamed: \d+(?:_level_\d+)?$/i,
  /^.*[a-z](?:Id|ID)$/,
  /^(?:序号|序列号|行号|流水号|.*编号)$/,
];

/** Steps of time count up with the rows too, and tell one from another. */
const TIME_NAMES =
  /(?:^|[\s_.-])(?:year|yr|quarter|month|week|day|date|hour|minute|second|time|timestamp|t|step|period|epoch|age)(?:$|[\s_.-])|年|季|月|周|日|天|时|分|秒|期/i;

/** A column that begins so counts years, whatever its name. */
const [YEAR_FIRST, YEAR_LAST] = [1500, 2200];

/** In fewer rows a column may count up by chance, as in tables that people type. */
const COUNTING_ROWS_MIN = 20;

/**
 * Whole numbers, all different where they are not missing: under a name for that, or one up with each row of the file.
 * `values` of the scan's words; `index` of the column in the file, `rowAt` of a row there.
 */
export function indexKind(
  { name, nameless }: RawColumn,
  scan: Scan,
  values: Float64Array,
  { index, rowAt }: { readonly index: number; readonly rowAt: (row: number) => number },
): 'named' | 'counting' | undefined {
  const cells = scan.codes.length - scan.missing;
  if (cells < 2 || scan.words.length !== cells || !values.every(Number.isInteger)) return undefined;
  if (new Set(values).size !== cells) return undefined;
  if (INDEX_NAMES.some((pattern) => pattern.test(name))) return 'named';
  const isFirst = nameless === true && index === 0;
  const [start] = values as unknown as readonly [number];
  const isTime = TIME_NAMES.test(name) || (start >= YEAR_FIRST && start <= YEAR_LAST);
  if (!isFirst && (cells < COUNTING_ROWS_MIN || isTime)) return undefined;
  return isCounting(scan, values, rowAt) ? 'counting' : undefined;
}

function isCounting(scan: Scan, values: Float64Array, rowAt: (row: number) => number): boolean {
  let first: number | undefined;
  return scan.codes.every((code, row) => {
    if (code < 0) return true;
    const start = (values[code] as number) - rowAt(row);
    first ??= start;
    return start === first;
  });
}
