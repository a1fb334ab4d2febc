/** The model card: what a model is, how good it is, and what to mind, in Markdown. All of it is from the report. */
import { measureOf } from '../metrics/metrics.ts';
import type { Precision } from '../search/search.ts';
import { CARD_TEXTS, type CardText, type Language } from './card-text.ts';
import { noticeColumn, type Report } from './report.ts';

const SHOWN_ROWS = 10;
const SHOWN_COLUMNS = 15;
const SHARE_UNIT = 64;

const figure = (value: number): string => value.toFixed(4);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** Names come from a file, and parameters from whoever made the bundle: what Markdown would read as its own is escaped. */
const escaped = (text: string): string => text.replace(/[\\`*_{}[\]()#+!|<>~-]/g, '\\$&').replace(/\s+/g, ' ');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(' | ')} |`,
  `|${head.map(() => '---').join('|')}|`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
];

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', `## ${title}`, '', ...lines];

const paramsText = (params: Report['members'][number]['params']): string =>
  Object.entries(params)
    .map(([name, value]) => escaped(`${name} ${value}`))
    .join(', ');

function scoreLines(report: Report, text: CardText): string[] {
  const { score, sd, metric, baseline, folds, foldScores } = report;
  if (score === undefined) return [text.noScore];
  const measure = figure(measureOf(metric, score));
  const lines = [
    `- ${text.metrics[metric]}: **${measure}**${foldScores.length > 1 ? ` ± ${figure(sd)}` : ''} (${text.scoredBy(folds)})`,
  ];
  if (baseline !== undefined) lines.push(`- ${text.baseline}: ${figure(measureOf(metric, baseline))}`);
  return lines;
}

/** Empty for a family that has floats only. */
function precisionText({ metric }: Report, precision: Precision | undefined, text: CardText): string {
  if (!precision) return '';
  const { kind, float, int8 } = precision;
  return `; ${text.precisions[kind](figure(measureOf(metric, float)), figure(measureOf(metric, int8)))}`;
}

function classLines({ classes = [] }: Report, text: CardText): string[] {
  if (classes.length === 0) return [];
  return table(
    text.classHead,
    classes.map(({ name, support, precision, recall, f1 }) => [
      escaped(name),
      `${support}`,
      figure(precision),
      figure(recall),
      figure(f1),
    ]),
  );
}

function boardLines({ leaderboard, metric }: Report, text: CardText): string[] {
  const rows = leaderboard
    .slice(0, SHOWN_ROWS)
    .map((row) => [
      `${row.rank}`,
      text.families[row.family],
      paramsText(row.params),
      row.score === undefined ? text.states[row.state] : figure(measureOf(metric, row.score)),
      row.cycles,
    ]);
  return rows.length === 0 ? [] : table(text.boardHead, rows);
}

export function modelCard(report: Report, language: Language): string {
  const text = CARD_TEXTS[language];
  const { task, target, rows, columns, members, importance, notices, cycles } = report;
  return [
    `# ${text.title(escaped(target))}`,
    '',
    text.what(text.tasks[task], rows, columns),
    ...section(text.scoreTitle, scoreLines(report, text)),
    ...section(
      text.noticeTitle,
      notices.map((notice) => `- ${text.notices[notice](escaped(noticeColumn(report, notice)))}`),
    ),
    ...section(
      text.memberTitle,
      members.map(
        ({ family, params, weight, precision }) =>
          `- ${percent(weight / SHARE_UNIT)} ${text.families[family]}${Object.keys(params).length > 0 ? ` (${paramsText(params)})` : ''}` +
          precisionText(report, precision, text),
      ),
    ),
    ...section(text.classTitle, classLines(report, text)),
    ...section(
      text.importanceTitle,
      importance.slice(0, SHOWN_COLUMNS).map(({ column, share }) => `- ${escaped(column)}: ${percent(share)}`),
    ),
    ...section(text.boardTitle, boardLines(report, text)),
    ...section(text.originTitle, [
      `- ${text.cost}: ${cycles.trials} + ${cycles.ensemble} + ${cycles.refits}`,
      `- ${text.rowCost}: ${report.rowCycles}`,
      `- ${text.seed}: ${report.seed}`,
      `- ${text.boardHash}: \`${report.leaderboardHash}\``,
    ]),
    '',
  ].join('\n');
}
