/** Notices in words, for the command line and the page. */
import type { Failure } from '../../protocol/errors.ts';
import { TITLE_HINT } from './limits.ts';
import type { Notice, NoticeCode } from './report.ts';

export type NoticeLanguage = 'en' | 'zh';

/** `name`: of a column, `count` and `example` as in the notice. */
type Text = (parts: { readonly name: string; readonly count: number; readonly example: string }) => string;

const cells = (count: number) => `${count} ${count === 1 ? 'cell' : 'cells'}`;
const plural = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;

const TEXTS: Readonly<Record<NoticeCode, Readonly<Record<NoticeLanguage, Text>>>> = {
  encoding_guessed: {
    en: ({ example }) => `The text is not UTF-8; read as ${example}.`,
    zh: ({ example }) => `文字不是 UTF-8，已按 ${example} 读取。`,
  },
  blank_lines_skipped: {
    en: ({ count }) => `${plural(count, 'blank line')} skipped.`,
    zh: ({ count }) => `跳过 ${count} 个空行。`,
  },
  empty_cells_trimmed: {
    en: ({ count }) => `${plural(count, 'row')} had empty cells beyond the last column; they were dropped.`,
    zh: ({ count }) => `${count} 行在最后一列之后还有空格子，已去掉。`,
  },
  column_named: {
    en: ({ name }) => `A column has no name; it is called ${name}.`,
    zh: ({ name }) => `有一列没有列名，称为 ${name}。`,
  },
  column_empty: {
    en: ({ name }) => `${name} is left out: every cell is missing.`,
    zh: ({ name }) => `略去 ${name}：整列缺失。`,
  },
  column_constant: {
    en: ({ name, example }) => `${name} is left out: every cell is ${example}.`,
    zh: ({ name, example }) => `略去 ${name}：每格都是 ${example}。`,
  },
  column_text: {
    en: ({ name, count, example }) =>
      `${name} is left out: free text or identifiers, ${count} different ones, such as ${example}.`,
    zh: ({ name, count, example }) => `略去 ${name}：自由文本或标识，共 ${count} 种，例如 ${example}。`,
  },
  column_index: {
    en: ({ name }) => `${name} is left out: it numbers the rows.`,
    zh: ({ name }) => `略去 ${name}：只是行的编号。`,
  },
  column_codes: {
    en: ({ name, example }) => `${name}: figures such as ${example} begin with 0 and are taken as categories.`,
    zh: ({ name, example }) => `${name}：像 ${example} 这样以 0 开头的数字按类别处理。`,
  },
  column_extra: {
    en: ({ count, example }) => `${plural(count, 'column')} that the model does not know: ${example}.`,
    zh: ({ count, example }) => `模型不认识的列有 ${count} 个：${example}。`,
  },
  cells_made_missing: {
    en: ({ name, count, example }) => `${name}: ${cells(count)} of another kind count as missing, such as ${example}.`,
    zh: ({ name, count, example }) => `${name}：${count} 格不是这种值，按缺失处理，例如 ${example}。`,
  },
  category_unseen: {
    en: ({ name, count, example }) =>
      `${name}: ${cells(count)} with a category that the model never saw, such as ${example}, count as missing.`,
    zh: ({ name, count, example }) => `${name}：${count} 格是模型没有见过的类别，例如 ${example}，按缺失处理。`,
  },
  category_mixed: {
    en: ({ name, example }) => `${name} holds numbers and texts such as ${example}; each is taken as a category.`,
    zh: ({ name, example }) => `${name} 既有数字又有文字（例如 ${example}），都按类别处理。`,
  },
  category_dated: {
    en: ({ name, example }) => `${name} holds dates and texts such as ${example}; each is taken as a category.`,
    zh: ({ name, example }) => `${name} 既有日期又有文字（例如 ${example}），都按类别处理。`,
  },
  spellings_folded: {
    en: ({ name, count, example }) =>
      `${name}: ${plural(count, 'spelling')} that ${count === 1 ? 'differs' : 'differ'} by case alone, such as ${JSON.stringify(example)}, ${count === 1 ? 'counts' : 'count'} as another.`,
    zh: ({ name, count, example }) =>
      `${name}：${count} 种写法只有大小写不同，例如 ${JSON.stringify(example)}，已合并。`,
  },
  unit_dropped: {
    en: ({ name, example }) => `${name}: the numbers are read without ${example}.`,
    zh: ({ name, example }) => `${name}：读取数字时去掉 ${example}。`,
  },
  per_cent_lacking: {
    en: ({ name, count, example }) =>
      `${name}: ${cells(count)} without the % of the others, such as ${example}, ${count === 1 ? 'is' : 'are'} read as plain numbers, not as hundredths.`,
    zh: ({ name, count, example }) =>
      `${name}：其他格带百分号，有 ${count} 格没有（例如 ${example}），按原数读取，没有除以一百。`,
  },
  per_cent_among: {
    en: ({ name, count, example }) =>
      `${name}: ${cells(count)} with a %, such as ${example}, ${count === 1 ? 'is' : 'are'} read as hundredths, unlike plain numbers.`,
    zh: ({ name, count, example }) =>
      `${name}：有 ${count} 格带百分号（例如 ${example}），按百分之几读取；不带百分号的按原数读取。`,
  },
  currencies_mixed: {
    en: ({ name, count, example }) =>
      `${name}: ${cells(count)} in another currency than most, such as ${example}, ${count === 1 ? 'is' : 'are'} not converted.`,
    zh: ({ name, count, example }) => `${name}：有 ${count} 格的货币与多数不同（例如 ${example}），金额未作换算。`,
  },
  times_as_days: {
    en: ({ name }) => `${name}: times are read as fractions of a day.`,
    zh: ({ name }) => `${name}：时刻按一天的几分之几读取。`,
  },
  dates_of_digits: {
    en: ({ name, example }) => `${name}: numbers such as ${example} are read as dates.`,
    zh: ({ name, example }) => `${name}：像 ${example} 这样的数字按日期读取。`,
  },
  numbers_merged: {
    en: ({ name, count, example }) =>
      `${name}: numbers are kept to 24 bits, so ${count} of the different ones, such as ${example}, count as a neighbour.`,
    zh: ({ name, count, example }) => `${name}：数字只保留 24 位，有 ${count} 种（例如 ${example}）与相邻的值合并。`,
  },
  date_order_assumed: {
    en: ({ name, example }) => `${name}: in dates such as ${example} the month is taken to come first.`,
    zh: ({ name, example }) => `${name}：像 ${example} 这样的日期按月在前读取。`,
  },
  date_day_first: {
    en: ({ name, example }) => `${name}: dates such as ${example} can only have the day first; the column is read so.`,
    zh: ({ name, example }) => `${name}：像 ${example} 这样的日期只能是日在前，整列已按日在前读取。`,
  },
  date_month_first: {
    en: ({ name, example }) =>
      `${name}: dates such as ${example} can only have the month first; the column is read so.`,
    zh: ({ name, example }) => `${name}：像 ${example} 这样的日期只能是月在前，整列已按月在前读取。`,
  },
  decimal_comma: {
    en: () => 'The comma is read as the decimal mark.',
    zh: () => '逗号按小数点读取。',
  },
  target_chosen: {
    en: ({ name }) => `${name} is taken as the target.`,
    zh: ({ name }) => `以 ${name} 为目标列。`,
  },
  target_words_as_classes: {
    en: ({ name, count, example }) => `${name}: ${JSON.stringify(example)}, in ${cells(count)}, is taken as a class.`,
    zh: ({ name, count, example }) => `${name}：${JSON.stringify(example)}（${count} 格）按一个类别处理，不算缺失。`,
  },
  target_numbers_as_classes: {
    en: ({ name, count }) => `${name}: its ${count} different numbers are taken as classes.`,
    zh: ({ name, count }) => `${name}：${count} 种数字按类别处理。`,
  },
  target_numbers_as_values: {
    en: ({ name, count }) => `${name}: its ${count} different numbers are taken as values, not as classes.`,
    zh: ({ name, count }) => `${name}：${count} 种数字按数值处理，不按类别。`,
  },
  target_rows_dropped: {
    en: ({ name, count, example }) =>
      `${plural(count, 'row')} without a value of the target ${name} dropped${example ? `, such as ${example}` : ''}.`,
    zh: ({ name, count, example }) => `去掉 ${count} 行：目标列 ${name} 缺失${example ? `，例如 ${example}` : ''}。`,
  },
  class_one_row: {
    en: ({ name, count, example }) =>
      `${name}: ${count === 1 ? 'the class' : `${count} classes, such as`} ${example} ${count === 1 ? 'has' : 'have'} one row only.`,
    zh: ({ name, count, example }) => `${name}：${count} 个类别只有一行，例如 ${example}。`,
  },
  arrays_left_out: {
    en: ({ count, example }) => `${plural(count, 'array')} left out: ${example}.`,
    zh: ({ count, example }) => `略去 ${count} 个数组：${example}。`,
  },
  files_left_out: {
    en: ({ count, example }) =>
      `${plural(count, 'file')} that ${count === 1 ? 'is no picture' : 'are no pictures'} left out, such as ${example}.`,
    zh: ({ count, example }) => `略去 ${count} 个不是图片的文件，例如 ${example}。`,
  },
  pictures_resized: {
    en: ({ count }) => `${plural(count, 'picture')} resized.`,
    zh: ({ count }) => `${count} 张图片已缩放。`,
  },
  splits_merged: {
    en: ({ count, example }) =>
      `The ${count} pictures of ${example} are taken together, a class each folder within; the search keeps rows of its own to test with.`,
    zh: ({ count, example }) =>
      `${example} 中的 ${count} 张图片已合并，其下每个文件夹是一个类别；搜索会自行留出测试行。`,
  },
};

/** The option of the command line that says otherwise; on the page the lists beside each column and the task do. */
export function noticeOption({ code, name = '' }: Notice): string | undefined {
  const column = (kind: 'number' | 'category' | 'date') => `--column '${name}=${kind}'`;
  switch (code) {
    case 'encoding_guessed':
      return '--encoding';
    case 'column_index':
    case 'column_codes':
    case 'dates_of_digits':
      return column('number');
    case 'column_text':
    case 'unit_dropped':
    case 'times_as_days':
    case 'numbers_merged':
      return column('category');
    case 'category_mixed':
      return column('number');
    case 'category_dated':
      return column('date');
    case 'date_day_first':
    case 'date_month_first':
      return column('category');
    case 'date_order_assumed':
      return '--day-first';
    case 'decimal_comma':
      return '--decimal .';
    case 'target_chosen':
      return '--target';
    case 'target_words_as_classes':
      return '--missing';
    case 'target_numbers_as_classes':
      return '--task values';
    case 'target_numbers_as_values':
      return '--task classes';
    default:
      return undefined;
  }
}

/** Of a table that was refused: the option of the command line that may read it. */
export function failureOption({ code, param, evidence }: Omit<Failure, 'ok'>): string | undefined {
  if (evidence?.endsWith(TITLE_HINT)) return '--skip-lines';
  return code === 'cell_not_numeric' && param !== undefined ? `--column '${param}=number', --missing` : undefined;
}

export function noticeText({ code, name = '', count = 0, example = '' }: Notice, language: NoticeLanguage): string {
  return TEXTS[code][language]({ name, count, example });
}
