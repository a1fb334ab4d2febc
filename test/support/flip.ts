/** How many single-byte changes of `bytes` are refused: `holds` is false, or throws a CodecError. All of them should be. */
import { CodecError } from '../../protocol/codec.ts';

export function flipsRefused(bytes: Uint8Array, holds: (changed: Uint8Array) => boolean): number {
  let refused = 0;
  for (let at = 0; at < bytes.length; at++) {
    const changed = Uint8Array.from(bytes);
    changed[at] = (changed[at] as number) ^ (1 << (at % 8));
    if (!holdsOrThrows(changed, holds)) refused++;
  }
  return refused;
}

function holdsOrThrows(bytes: Uint8Array, holds: (changed: Uint8Array) => boolean): boolean {
  try {
    return holds(bytes);
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}
