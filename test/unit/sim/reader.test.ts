/** The simulator's reader asks for one checkpoint at a time, as clients do: an answer that was slow is not older than what it has. */
import { expect, test } from 'vitest';
import { simNetwork } from '../../sim/network-genesis.ts';
import { Reader } from '../../sim/reader.ts';
import type { View } from '../../sim/served-view.ts';

/** Shows no checkpoint, once it is told to. */
function slowView() {
  const answers: (() => void)[] = [];
  const view: View = {
    checkpoint: () => new Promise((resolve) => answers.push(() => resolve(undefined))),
    leaves: async () => undefined,
    consistency: async () => undefined,
    certificate: () => undefined,
    cosigned: async () => undefined,
  };
  return { view, answers };
}

test('a reader that waits for an answer asks for no other', async () => {
  const reader = new Reader(simNetwork(), []);
  const { view, answers } = slowView();
  const first = reader.look(view);
  expect(await reader.look(view)).toBeUndefined();
  expect(answers.length).toBe(1);
  answers[0]?.();
  await first;
  void reader.look(view);
  expect(answers.length).toBe(2);
});

test('a reader that was left without an answer asks again', async () => {
  const reader = new Reader(simNetwork(), []);
  const { view, answers } = slowView();
  const failing = { ...view, checkpoint: () => Promise.reject(new Error('away')) };
  await expect(reader.look(failing)).rejects.toThrow('away');
  void reader.look(view);
  expect(answers.length).toBe(1);
});
