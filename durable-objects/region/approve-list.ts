/**
 * Which proposals the operator's hosted seats approve: ids in hex, with commas between, in the deployment variable APPROVE_PARAMS. A
 * development network may say `all`. A word that is neither approves nothing, and is told; nothing is approved by default.
 */
import { bytesToHex } from '@noble/hashes/utils.js';

const ALL = 'all';
const ID = /^[0-9a-f]{64}$/;

/** The list of this isolate, read once: a deployment has one. */
let kept: { readonly list: string; readonly words: ReadonlySet<string> } | undefined;

export function isOnApproveList(list: string | undefined, id: Uint8Array, isDevelopment: boolean): boolean {
  if (!list) return false;
  if (kept?.list !== list) kept = { list, words: wordsIn(list) };
  return kept.words.has(bytesToHex(id)) || (isDevelopment && kept.words.has(ALL));
}

/**
 * In lower case: whoever names an id in upper case means it. Which words are malformed is told, or their author waits in vain; not what they
 * say, as a secret may have come there by mistake.
 */
function wordsIn(list: string): ReadonlySet<string> {
  const words = list.split(',').map((word) => word.trim().toLowerCase());
  const isMalformed = (word: string): boolean => word !== '' && word !== ALL && !ID.test(word);
  const malformed = words.flatMap((word, i) => (isMalformed(word) ? [i + 1] : []));
  if (malformed.length > 0) console.error(JSON.stringify({ event: 'approve_list_malformed', words: malformed }));
  return new Set(words);
}
