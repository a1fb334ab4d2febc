import { describe, expect, it } from 'vitest';
import { noticeText } from '../../../../ml/table/notice-text.ts';

describe('notices in words', () => {
  it.each([
    [1, '1 file that is no picture left out, such as a.txt.'],
    [3, '3 files that are no pictures left out, such as a.txt.'],
  ])('agree with their number: %i file(s)', (count, words) => {
    expect(noticeText({ code: 'files_left_out', count, example: 'a.txt' }, 'en')).toBe(words);
  });

  it.each([
    [1, '1 spelling that differs by case alone, such as "PRO", counts as another.'],
    [2, '2 spellings that differ by case alone, such as "PRO", count as another.'],
  ])('agree with their number: %i spelling(s)', (count, words) => {
    expect(noticeText({ code: 'spellings_folded', name: 'plan', count, example: 'PRO' }, 'en')).toBe(`plan: ${words}`);
    expect(noticeText({ code: 'spellings_folded', name: 'plan', count, example: 'PRO' }, 'zh')).toContain(`${count} `);
  });
});
