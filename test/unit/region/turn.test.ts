/** Those who wait go on together, and nobody waits for a turn that is over. */
import { expect, it } from 'vitest';
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

it('who comes in the course of a turn, or after it, waits for another', async () => {
  const turn = new NextTurn();
  const told: string[] = [];
  const nested = turn.wait().then(async () => {
    told.push('first');
    await turn.wait();
    told.push('in its course');
  });
  await turn.wait();
  expect(told).toEqual(['first']);
  await nested;
  await turn.wait();
  expect(told).toEqual(['first', 'in its course']);
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
