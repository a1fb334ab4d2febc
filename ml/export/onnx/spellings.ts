/**
 * How else a category may be written: a graph compares texts byte by byte, whereas a file to predict is read in any case, and numbers in
 * any spelling (ml/table/infer/categories.ts). What can be listed of it is listed here; what reading would not take for the category is not.
 */
import { knownCodes } from '../../table/infer/categories.ts';

/** Each category first in its own spelling, then small, in capitals, with a capital, and with one a word; 1 is 1.0 as well. */
export function spellingsOf(categories: readonly string[]): string[][] {
  const forms = categories.map((category) => [...new Set([category, ...otherForms(category)])]);
  const codes = knownCodes(forms.flat(), categories);
  let at = 0;
  return forms.map((own, code) => own.filter(() => codes[at++] === code));
}

function otherForms(category: string): string[] {
  const small = category.toLowerCase();
  const forms = [small, category.toUpperCase(), capitalised(small), small.replace(/[^\s-]+/g, capitalised)];
  return /^-?\d+$/.test(category) ? [...forms, `${category}.0`] : forms;
}

/** The first letter may be a pair of surrogates. */
function capitalised(word: string): string {
  const [first = ''] = word;
  return first.toUpperCase() + word.slice(first.length);
}
