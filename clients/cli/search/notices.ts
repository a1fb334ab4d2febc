/** What was guessed and repaired in a file: a line each on stderr, or a field of the result. */
import { failureOption, noticeOption, noticeText } from '../../../ml/table/notice-text.ts';
import type { Notice } from '../../../ml/table/report.ts';
import type { Failure } from '../../../protocol/errors.ts';
import { Refusal } from '../exit-codes.ts';
import type { Output } from '../output.ts';

export interface ToldNotice extends Notice {
  readonly text: string;
}

export const toldNotices = (notices: readonly Notice[]): ToldNotice[] =>
  notices.map((notice) => {
    const option = noticeOption(notice);
    return { ...notice, text: noticeText(notice, 'en') + (option === undefined ? '' : ` Otherwise: ${option}`) };
  });

/** For people, wherever stderr goes. */
export function tellNotices(out: Output, notices: readonly Notice[]): void {
  for (const { text } of toldNotices(notices)) out.notice(text);
}

/** A table that was refused, with the option that may read it. */
export function tableRefusal(failure: Failure): Refusal {
  const { message, code, param } = Refusal.of(failure);
  const option = failureOption(failure);
  return new Refusal(option === undefined ? message : `${message}. Otherwise: ${option}`, code, param);
}
