import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workerLines } from '../../../clients/cli/worker-lines.ts';

function linesOf(pieces: readonly string[]): string[] {
  const written: string[] = [];
  const take = workerLines((line) => written.push(line));
  for (const piece of pieces) take(piece);
  return written;
}

describe("the Worker's lines", () => {
  it('are whole, wherever the pieces end', () => {
    const text = 'workerd: starting\n{"event":"one"}\n\nnot {json}\n{"event":"two"}\n';
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const ends = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = ends.slice(1).map((end, i) => text.slice(ends[i], end));
        expect(linesOf(pieces)).toEqual(['{"event":"one"}\n', '{"event":"two"}\n']);
      }),
    );
  });

  it('are not kept without bound while one does not end', () => {
    const [line] = linesOf(['{', ...Array.from({ length: 20 }, () => 'x'.repeat(10_000)), '\n']);
    expect(line?.length).toBeLessThan(80_000);
  });
});
