import { describe, expect, it } from 'vitest';
import { Output } from '../../../clients/cli/output.ts';
import { Progress, progressLine, shareDone } from '../../../clients/cli/progress.ts';
import { STEPS } from '../../../protocol/order/lifecycle.ts';
import type { WireOrder } from '../../../protocol/wire.ts';

function orderAt(done: number, chunks: WireOrder['progress'] = null, attempts = 1): WireOrder {
  const steps = Object.fromEntries(STEPS.map((step, i) => [step, i < done ? '1' : null]));
  return { steps, progress: chunks, attempts: Array(attempts).fill({}) } as unknown as WireOrder;
}

describe('the share of an order that is done', () => {
  it('grows with each step and each chunk, from 0 to 1', () => {
    const shares = [
      orderAt(0),
      orderAt(2),
      orderAt(2, { chunk: 1, chunks: 40 }),
      orderAt(2, { chunk: 39, chunks: 40 }),
      orderAt(3),
      orderAt(STEPS.length),
    ].map(shareDone);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect([shares[0], shares.at(-1)]).toEqual([0, 1]);
    expect(new Set(shares).size).toBe(shares.length);
  });

  it('is told with the step', () => {
    expect(progressLine(orderAt(2, { chunk: 3, chunks: 40 }))).toMatch(/compute 3\/40$/);
    expect(progressLine(orderAt(1, null, 2))).toMatch(/match, attempt 2$/);
    expect(progressLine(orderAt(7))).toMatch(/█{28}\] done$/);
  });
});

describe('a progress line', () => {
  const written = (isTerminal: boolean, json: boolean): string => {
    let text = '';
    const io = {
      stdout: () => {},
      stderr: (part: string) => {
        text += part;
      },
      env: {},
      terminal: { stdout: isTerminal, stderr: isTerminal, stdin: false },
      signal: new AbortController().signal,
    };
    const progress = new Progress(new Output(io, json));
    progress.show(orderAt(2));
    progress.end();
    return text;
  };

  it('is drawn and wiped on a terminal', () => {
    expect(written(true, false)).toContain('compute');
    expect(written(true, false).endsWith('\r\u001b[K')).toBe(true);
  });

  it('is drawn nowhere else', () => {
    expect(written(false, false)).toBe('');
    expect(written(true, true)).toBe('');
  });
});
