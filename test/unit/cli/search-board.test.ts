import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { cyclesNumber, namesOf } from '../../../clients/cli/arguments.ts';
import { Output } from '../../../clients/cli/output.ts';
import { jobRow, LiveBoard, paramsCell } from '../../../clients/cli/search/live-board.ts';
import { scoreText, shownScore } from '../../../clients/sdk/score-text.ts';
import type { JobSummary } from '../../../ml/search/search.ts';

const trial = (index: number, score?: number, more: Partial<JobSummary> = {}): JobSummary => ({
  index,
  kind: 'trial',
  state: score === undefined ? 'failed' : 'done',
  cycles: 1_234_567n,
  ...(score === undefined ? {} : { score, folds: [score - 0.01, score + 0.01] }),
  candidate: { family: 'boost', params: { rounds: 150 + index, learningRate: 0.1 }, effort: 16, from: 'portfolio' },
  ...more,
});

describe('a budget in cycles', () => {
  it.each([
    ['2e9', 2_000_000_000n],
    ['1.5e9', 1_500_000_000n],
    ['1.25E2', 125n],
    ['7', 7n],
    ['18446744073709551615', (1n << 64n) - 1n],
  ])('%s', (text, cycles) => expect(cyclesNumber(text)).toBe(cycles));

  it.each(['0', '1.5', '1.234e2', '-1', '2e99', '18446744073709551616', 'two', '', '1e', '0x10'])('not %j', (text) => {
    expect(() => cyclesNumber(text)).toThrow(InvalidArgumentError);
  });
});

describe('names of a closed set', () => {
  const names = namesOf(['boost', 'mlp'] as const);
  it('are taken once each', () => expect(names('mlp, boost,mlp')).toEqual(['mlp', 'boost']));
  it.each(['', 'boost,', 'xgb'])('not %j', (text) => expect(() => names(text)).toThrow(InvalidArgumentError));
});

describe('the board', () => {
  it('shows losses in their own sign, and counts of hits with four digits', () => {
    expect([shownScore('rmse', -2.5), shownScore('r2', -2.5)]).toEqual([2.5, -2.5]);
    expect([scoreText('rmse', -12_345.678), scoreText('accuracy', 0.98765)]).toEqual(['12346', '0.9877']);
  });

  it('writes a trial as a row, with its rank’s mark', () => {
    const row = jobRow('accuracy', trial(12, 0.97), true);
    expect(row).toMatch(/^ {2}12 boost +0\.9700 ±0\.010 +1,234,567 cycles rounds=162 learningRate=0\.1 {2}\*$/);
    expect(jobRow('accuracy', trial(3), false)).toContain('failed');
    expect(paramsCell({ a: 'x'.repeat(99) })).toHaveLength(48);
  });

  function boardOn(isTerminal: boolean, events: boolean) {
    const written = { stdout: '', stderr: '' };
    const io = {
      stdout(text: string) {
        written.stdout += text;
      },
      stderr(text: string) {
        written.stderr += text;
      },
      env: {},
      terminal: { stdout: isTerminal, stderr: isTerminal, stdin: false },
      signal: new AbortController().signal,
    };
    const board = new LiveBoard(new Output(io, events), { metric: 'accuracy', trials: 4, budget: 5_000_000n, events });
    return { board, written };
  }

  it('tells each job once at a terminal, and how far the budget is used', () => {
    const { board, written } = boardOn(true, false);
    for (const summary of [trial(0, 0.8), trial(0, 0.8), trial(1, 0.9)]) board.job(summary);
    expect(written.stderr.match(/boost/g)).toHaveLength(2);
    expect(written.stderr).toContain('2 of 4 trials, 2,469,134 cycles, 49% of the budget');
    expect(written.stdout).toBe('');
  });

  it('writes events as JSON lines, and nothing where nobody watches', () => {
    const { board, written } = boardOn(false, true);
    board.job(trial(0, 0.8));
    expect(JSON.parse(written.stdout)).toMatchObject({ event: 'job', index: 0, score: 0.8, cycles: '1234567' });
    board.told('a');
    board.told('a');
    board.job(trial(0, 0.8), 2);
    board.told('b');
    const lines = written.stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'job', attempt: 1 },
      { event: 'resume', cursor: 'a' },
      { event: 'job', attempt: 2 },
      { event: 'resume', cursor: 'b' },
    ]);
    const quiet = boardOn(false, false);
    quiet.board.told('a');
    quiet.board.job(trial(0, 0.8));
    expect(quiet.written).toEqual({ stdout: '', stderr: '' });
  });
});
