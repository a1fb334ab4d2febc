/** What a search came to, for a terminal and for programs. */
import { CARD_TEXTS } from '../../../ml/report/card-text.ts';
import { noticeColumn, type Report } from '../../../ml/report/report.ts';
import { FULL_EFFORT } from '../../../ml/search/effort.ts';
import { WEIGHT_UNIT } from '../../../ml/search/selection.ts';
import { scoreText } from '../../sdk/score-text.ts';
import { table } from '../output.ts';
import { printable, widthOf } from '../text-width.ts';
import { grouped, paramsCell } from './live-board.ts';
import type { OpenedBundle } from './open-bundle.ts';

const ROWS_SHOWN = 10;
const BAR_CELLS = 24;
/** Columns of a terminal: a wider matrix is left to the page and the file. */
const MATRIX_CLASSES_MAX = 12;

/** Cells right-aligned but for the first of a row, in columns as wide as they need. */
function grid(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(printable));
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => widthOf(row[i] ?? '')))) ?? [];
  const padded = (cell: string, i: number): string => {
    const gap = ' '.repeat((widths[i] as number) - widthOf(cell));
    return i === 0 ? cell + gap : gap + cell;
  };
  return rows.map((row) => row.map(padded).join('  ').trimEnd()).join('\n');
}

export function leaderboardText({ leaderboard, metric }: Report, count = ROWS_SHOWN): string {
  const shown = leaderboard.slice(0, count);
  const rows = shown.map((row) => [
    `${String(row.rank).padStart(3)} ${row.family}`,
    row.score === undefined ? row.state : scoreText(metric, row.score),
    row.sd === undefined ? '' : `±${row.sd.toPrecision(2)}`,
    grouped(BigInt(row.cycles)),
    row.effort < FULL_EFFORT ? `${row.effort}/${FULL_EFFORT}` : '',
  ]);
  const lines = grid([['  # family', metric, '', 'cycles', ''], ...rows]).split('\n');
  const params = ['parameters', ...shown.map((row) => paramsCell(row.params))];
  const width = Math.max(...lines.map((line) => line.length));
  const left = leaderboard.length - rows.length;
  const told = lines.map((line, i) => `${line.padEnd(width)}  ${params[i]}`.trimEnd());
  return [...told, ...(left > 0 ? [`${left} more`] : [])].join('\n');
}

function classText({ classes = [] }: Report): string {
  return grid([
    ['class', 'precision', 'recall', 'F1', 'rows'],
    ...classes.map(({ name, precision, recall, f1, support }) => [
      name,
      precision.toFixed(3),
      recall.toFixed(3),
      f1.toFixed(3),
      String(support),
    ]),
  ]);
}

function confusionText({ confusion = [], classes = [] }: Report): string {
  const names = classes.map(({ name }) => name);
  return grid([['true \\ predicted', ...names], ...confusion.map((row, i) => [names[i] ?? '', ...row.map(String)])]);
}

function importanceText({ importance }: Report): string {
  const shown = importance.slice(0, ROWS_SHOWN).map(({ column, share }) => ({ column: printable(column), share }));
  const most = Math.max(1e-9, ...shown.map(({ share }) => share));
  const width = Math.max(...shown.map(({ column }) => widthOf(column)));
  return shown
    .map(({ column, share }) => {
      const bar = '█'.repeat(Math.max(1, Math.round((BAR_CELLS * share) / most)));
      return `${column}${' '.repeat(width - widthOf(column))}  ${(share * 100).toFixed(1).padStart(5)}%  ${bar}`;
    })
    .join('\n');
}

const memberText = ({ family, weight, precision }: Report['members'][number]): string =>
  `${family} ${weight}/${WEIGHT_UNIT}${precision?.kind === 'int8' ? ' in int8' : ''}`;

const noticesText = (report: Report): string =>
  report.notices
    .map((notice) => `- ${CARD_TEXTS.en.notices[notice](printable(noticeColumn(report, notice)))}`)
    .join('\n');

/** `bold`: of headings. */
export function reportText({ bundle, bytes }: OpenedBundle, bold: (text: string) => string): string {
  const { report } = bundle;
  const { metric, score, sd, baseline, members } = report;
  const heading = (title: string, text: string): string => `${bold(title)}\n${text}`;
  const told = score === undefined ? '-' : `${scoreText(metric, score)} ±${sd.toPrecision(2)}`;
  return [
    heading('Leaderboard', leaderboardText(report)),
    ...(report.classes ? [heading('By class, out of fold', classText(report))] : []),
    ...(report.confusion && report.confusion.length <= MATRIX_CLASSES_MAX
      ? [heading('Confusion, out of fold', confusionText(report))]
      : []),
    ...(report.importance.length > 0 ? [heading('Importance', importanceText(report))] : []),
    heading(
      'Model',
      table([
        [
          metric,
          `${told} out of fold${baseline === undefined ? '' : `; the prior alone ${scoreText(metric, baseline)}`}`,
        ],
        ['members', members.map(memberText).join(', ')],
        ['a row takes', `${grouped(BigInt(report.rowCycles))} HPU cycles`],
        ['size', `${grouped(bytes.length)} bytes`],
        ['leaderboard', report.leaderboardHash],
      ]),
    ),
    ...(report.notices.length > 0 ? [heading(CARD_TEXTS.en.noticeTitle, noticesText(report))] : []),
  ].join('\n\n');
}

/** The report but for what is long and for people. */
export function reportJson({ bundle, bytes }: OpenedBundle): object {
  const { curves: _, ...report } = bundle.report;
  return { modelBytes: bytes.length, classNames: bundle.classes, report };
}
