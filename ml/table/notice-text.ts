/** Notices in words, for the command line and the page. */
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
  date_order_assumed: {
    en: ({ name, example }) => `${name}: in dates such as ${example} the month is taken to come first.`,
    zh: ({ name, example }) => `${name}：像 ${example} 这样的日期按月在前读取。`,
  },
  decimal_comma: {
    en: () => 'The comma is read as the decimal mark.',
    zh: () => '逗号按小数点读取。',
  },
  target_chosen: {
    en: ({ name }) => `${name} is taken as the target.`,
    zh: ({ name }) => `以 ${name} 为目标列。`,
  },
  target_rows_dropped: {
    en: ({ name, count }) => `${plural(count, 'row')} without a value of the target ${name} dropped.`,
    zh: ({ name, count }) => `去掉 ${count} 行：目标列 ${name} 缺失。`,
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
    en: ({ count, example }) => `${plural(count, 'file')} that are no pictures left out, such as ${example}.`,
    zh: ({ count, example }) => `略去 ${count} 个不是图片的文件，例如 ${example}。`,
  },
  pictures_resized: {
    en: ({ count }) => `${plural(count, 'picture')} resized.`,
    zh: ({ count }) => `${count} 张图片已缩放。`,
  },
};

export function noticeText({ code, name = '', count = 0, example = '' }: Notice, language: NoticeLanguage): string {
  return TEXTS[code][language]({ name, count, example });
}
