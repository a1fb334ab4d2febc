import { expect, it } from 'vitest';
import { sseEvent, ssePing, sseStart } from '../../../workers/api/sse.ts';

it('writes an event that a reader takes apart again', () => {
  const lines = sseEvent('order', '7', JSON.stringify({ text: 'a\nb' })).split('\n');
  expect(lines).toEqual(['id: 7', 'event: order', 'data: {"text":"a\\nb"}', '', '']);
});

it('pings with a comment, which no reader takes for an event', () => {
  expect(ssePing).toMatch(/^:.*\n\n$/);
  expect(sseStart).toMatch(/^retry: \d+\n\n$/);
});
