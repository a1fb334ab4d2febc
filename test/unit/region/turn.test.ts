/** Those who wait go on together, and nobody waits for a turn that is over or that failed. */
import { expect, it, vi } from 'vitest';
import { NextTurn } from '../../../durable-objects/region/turn.ts';

const timer = () => new Promise<void>((resolve) => setTimeout(resolve));

it('who waits for the next turn goes on with all others who do, in their order and before any later timer', async () => {
  const turn = new NextTurn();
  const told: string[] = [];
  const tell = (name: string) => () => void told.push(name);
  const waiting = [turn.wait().then(tell('first'))];
  const later = timer().then(tell('timer'));
  // It comes after the timer was set, and is not behind it.
  waiting.push(turn.wait().then(tell('second')));
  await Promise.resolve();
  expect(told).toEqual([]);
  await Promise.all([...waiting, later]);
  expect(told).toEqual(['first', 'second', 'timer']);
});

it('who comes in the course of a turn waits for the next one', async () => {
  const turn = new NextTurn();
  const told: string[] = [];
  await turn.wait().then(async () => {
    told.push('first');
    const later = timer().then(() => told.push('timer'));
    await turn.wait();
    told.push('in its course');
    await later;
  });
  expect(told).toEqual(['first', 'timer', 'in its course']);
});

it('sixteen go on in one turn; who comes after them, in the turn behind it', async () => {
  const turn = new NextTurn();
  const told: (number | string)[] = [];
  const some = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => turn.wait().then(() => told.push(from + i)));
  const first = some(0, 16);
  const later = timer().then(() => told.push('timer'));
  await Promise.all([...first, ...some(16, 4), later]);
  expect(told).toEqual([...Array(16).keys(), 'timer', 16, 17, 18, 19]);
});

it('one who fails in a turn takes nobody else with them', async () => {
  const turn = new NextTurn();
  const failing = turn.wait().then(() => {
    throw new Error('mine alone');
  });
  const other = turn.wait().then(() => 'done');
  await expect(failing).rejects.toThrow('mine alone');
  await expect(other).resolves.toBe('done');
  await expect(turn.wait()).resolves.toBeUndefined();
});

it('a timer that is refused fails those who asked for it, and nobody after them', async () => {
  const turn = new NextTurn();
  const refuse = vi.spyOn(globalThis, 'setTimeout').mockImplementationOnce(() => {
    throw new Error('too many timers');
  });
  const waiting = turn.wait();
  refuse.mockRestore();
  await expect(waiting).rejects.toThrow('too many timers');
  await expect(turn.wait()).resolves.toBeUndefined();
});
