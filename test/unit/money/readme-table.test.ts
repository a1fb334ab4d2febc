/** The tokenomics of both READMEs are what the rules give for the file that ships. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Zhi } from '../../../protocol/units.ts';
import { READMES, shippedMoney, withTable } from '../../../tools/tokenomics-table.ts';

const repository = join(import.meta.dirname, '../../..');
const terms = shippedMoney();

describe.each(READMES)('$file', (words) => {
  const text = readFileSync(join(repository, words.file), 'utf8');

  test('is as generated', () => {
    expect(text, 'npm run tokenomics:table').toBe(withTable(text, words, terms));
  });

  test('is told from one of other terms, and from one that was edited', () => {
    const [first, ...others] = terms.allocations;
    if (!first) throw new Error('no allocations');
    const changed = {
      ...terms,
      allocations: [{ ...first, amountZhi: (first.amountZhi - 10n ** 15n) as Zhi }, ...others],
    };
    expect(withTable(text, words, changed)).not.toBe(text);
    const edited = text.replace('11826', '11827');
    expect(edited).not.toBe(text);
    expect(withTable(edited, words, terms)).toBe(text);
  });

  test('has one place for it', () => {
    const begin = text.slice(0, text.indexOf('-->', text.indexOf('<!-- tokenomics')) + 3);
    expect(() => withTable('# Nothing here\n', words, terms)).toThrow(/no one place/);
    expect(() => withTable(begin, words, terms)).toThrow(/no one place/);
    expect(() => withTable(`${text}${text}`, words, terms)).toThrow(/no one place/);
  });
});
