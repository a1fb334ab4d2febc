import { describe, expect, it } from 'vitest';
import { enSearch } from '../../../clients/explorer/text/en-search.ts';
import { zhSearch } from '../../../clients/explorer/text/zh-search.ts';
import { REPORT_NOTICES } from '../../../ml/report/report.ts';

describe.each([
  ['English', enSearch],
  ['Chinese', zhSearch],
])('notices of a report in %s', (_language, { report }) => {
  it('have words of their own, and those about a column name it', () => {
    const words = REPORT_NOTICES.map((notice) => report.reportNotices[notice]('COLUMN'));
    expect(new Set(words).size).toBe(REPORT_NOTICES.length);
    const about = REPORT_NOTICES.filter((_, i) => words[i]?.includes('COLUMN'));
    expect(about).toEqual(['rowsNearlyRepeated', 'columnTells', 'rowsFollowDate']);
  });
});
