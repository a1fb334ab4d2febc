/** Page cursors: opaque, self-contained, and bound to the list that gave them. */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { base64urlnopad, utf8 } from '@scure/base';

export type CursorKind = 'blocks' | 'orders' | 'jobs';

/** A position is a height, or a place in an object's own list: SQLite holds both as int64. */
const POSITION = /^(0|[1-9][0-9]{0,18})$/;
const POSITION_MAX = (1n << 63n) - 1n;
const CURSOR_CHARACTERS_MAX = 64;

export function encodeCursor(kind: CursorKind, position: string): string {
  return base64urlnopad.encode(utf8ToBytes(`${kind}:${position}`));
}

/** The position, or undefined for anything that `encodeCursor` of this kind did not make. */
export function decodeCursor(kind: CursorKind, cursor: string): string | undefined {
  if (cursor.length > CURSOR_CHARACTERS_MAX) return undefined;
  try {
    // scure names its coders by what they decode to: `utf8.encode` makes text of bytes.
    const text = utf8.encode(base64urlnopad.decode(cursor));
    const position = text.startsWith(`${kind}:`) ? text.slice(kind.length + 1) : '';
    return POSITION.test(position) && BigInt(position) <= POSITION_MAX ? position : undefined;
  } catch {
    return undefined;
  }
}
