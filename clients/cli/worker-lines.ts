/** What the Worker says of itself is a JSON object a line. workerd's own chatter is left out. */

/** Longest line that is put together from pieces; the rest of a longer one is dropped. */
const LINE_CHARACTERS_MAX = 65_536;

/** Takes pieces as they come, which end anywhere, and gives `write` the Worker's lines whole. */
export function workerLines(write: (line: string) => void): (piece: string) => void {
  let begun = '';
  return (piece) => {
    const lines = `${begun}${piece}`.split('\n');
    begun = (lines.pop() ?? '').slice(0, LINE_CHARACTERS_MAX);
    for (const line of lines) if (line.startsWith('{')) write(`${line}\n`);
  };
}
