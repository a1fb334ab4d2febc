/** A receipt file with one bit of its canonical bytes flipped; its form is kept, so that only the cryptography can tell. Pure. */
import { base64 } from '@scure/base';

export interface Tampered {
  readonly text: string;
  readonly position: number;
  readonly bytes: number;
  readonly before: number;
  readonly after: number;
}

/** `draw(n)` gives a whole number below n. Throws on a text that is no receipt file: it comes from the network's own route. */
export function flipOneBit(text: string, draw: (below: number) => number): Tampered {
  const file = JSON.parse(text) as { receipt: string };
  const bytes = base64.decode(file.receipt);
  const position = draw(bytes.length);
  const before = bytes[position] as number;
  const after = before ^ (1 << draw(8));
  bytes[position] = after;
  const changed = `${JSON.stringify({ ...file, receipt: base64.encode(bytes) }, undefined, 2)}\n`;
  return { text: changed, position, bytes: bytes.length, before, after };
}
