/** What `hai data inspect` shows of a file. Apart from the command, so that only those who read files load the readers. */
import { type ReadTable, readTable } from '../../../ml/table/read-table.ts';
import type { ColumnReport } from '../../../ml/table/report.ts';
import type { Table } from '../../../ml/table/table.ts';
import { type Output, table as pairs } from '../output.ts';
import { type ReadFileOptions, readOptionsOf } from '../read-options.ts';
import { fileSource } from '../search/file-source.ts';
import { tableRefusal, toldNotices } from '../search/notices.ts';
import { widthOf } from '../text-width.ts';

/** Throws Refusal with the row and the column where it went wrong. */
export async function inspectFile(out: Output, path: string, options: ReadFileOptions): Promise<void> {
  const { source, name, sizeBytes } = fileSource(path);
  const read = await readTable(source, name, { ...readOptionsOf(options), sizeBytes });
  if (!read.ok) throw tableRefusal(read);
  const { table, format, encoding, separator, columns, notices, metric } = read.value;
  const told = toldNotices(notices);
  out.result(
    { file: path, format, encoding, separator, ...shapeOf(table), metric, columns, notices: told },
    inspectText(
      read.value,
      told.map(({ text }) => text),
    ),
  );
}

/** Without the cells. */
function shapeOf({ rows, features, target }: Table) {
  const shape =
    features.kind === 'columns'
      ? { features: features.columns.length }
      : { images: { height: features.height, width: features.width, channels: features.channels } };
  if (target.kind === 'none') return { rows, ...shape, task: 'clusters', target: null };
  const classes = target.kind === 'classes' ? { classes: countsOf(target) } : {};
  return { rows, ...shape, task: target.kind, target: target.name, ...classes };
}

type Classes = Extract<Table['target'], { kind: 'classes' }>;

/** Rows of each class. */
function countsOf({ classes, labels }: Classes): { name: string; rows: number }[] {
  const counts = new Array<number>(classes.length).fill(0);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  return classes.map((name, i) => ({ name, rows: counts[i] as number }));
}

/** Classes that a line still shows. */
const CLASSES_SHOWN = 12;

function taskText({ target }: Table): string {
  if (target.kind === 'none') return 'clusters: no target';
  if (target.kind === 'values') return `values of ${target.name}`;
  const counts = countsOf(target);
  const list = counts.slice(0, CLASSES_SHOWN).map(({ name, rows }) => `${name} ${rows}`);
  const more = counts.length > CLASSES_SHOWN ? `, and ${counts.length - CLASSES_SHOWN} more` : '';
  return `${counts.length} classes of ${target.name}: ${list.join(', ')}${more}`;
}

function inspectText(
  { table, format, encoding, separator, columns, metric }: ReadTable,
  notices: readonly string[],
): string {
  const { rows, features } = table;
  const size =
    features.kind === 'columns'
      ? `${rows} rows, ${features.columns.length} features`
      : `${rows} pictures of ${features.height} x ${features.width}, ${features.channels === 1 ? 'grey' : 'colour'}`;
  const how = [format, encoding, separator === undefined ? undefined : `separator ${JSON.stringify(separator)}`];
  const head = pairs([
    ['format', how.filter((part) => part !== undefined).join(', ')],
    ['table', size],
    ['task', taskText(table)],
    ['metric', metric],
  ]);
  const parts = [head, columnsText(columns), notices.map((text) => `- ${text}`).join('\n')];
  return parts.filter((part) => part !== '').join('\n\n');
}

function columnsText(columns: readonly ColumnReport[]): string {
  if (columns.length === 0) return '';
  const lines = [
    ['column', 'role', 'kind', 'missing', 'distinct', 'examples'],
    ...columns.map((column) => {
      const { name, role, kind, missing, distinct, least, most, examples } = column;
      const range = least === undefined ? examples.join(', ') : `${least} to ${most}`;
      return [name, role === 'leftOut' ? 'left out' : role, kind, String(missing), String(distinct), range];
    }),
  ];
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map((line) => widthOf(line[i] as string)))) ?? [];
  return lines
    .map((line) =>
      line
        .map((text, i) => text + ' '.repeat((widths[i] as number) - widthOf(text)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
