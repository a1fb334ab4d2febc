/** When a seat signs: once for a height, in order, and after its record. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { taggedHash } from '../../../protocol/hash.ts';
import {
  type Asked,
  askedToVote,
  historyFault,
  type SeatHistory,
  type VoteEvent,
  type VoteState,
  voteStep,
} from '../../../protocol/seal/voter.ts';

const hashOf = (n: number) => taggedHash('test', Uint8Array.of(n));
const asked: Asked = { height: 5n, round: 0, hash: hashOf(1) };
const fresh: SeatHistory = { lastHeight: 4n, signed: undefined };

describe('the history', () => {
  test.each<[string, SeatHistory, Partial<Asked>, string | undefined]>([
    ['allows the first block', { lastHeight: undefined, signed: undefined }, {}, undefined],
    ['allows the next height', fresh, {}, undefined],
    ['allows the same block again', { lastHeight: 5n, signed: asked }, {}, undefined],
    ['refuses a past height', { lastHeight: 6n, signed: undefined }, {}, 'a height that is past'],
    ['refuses a past height that was signed', { lastHeight: 6n, signed: asked }, {}, 'a height that is past'],
    [
      'refuses another block',
      { lastHeight: 5n, signed: { round: 0, hash: hashOf(2) } },
      {},
      'another block of this height was signed',
    ],
    [
      'refuses another block of a lower round',
      { lastHeight: 5n, signed: { round: 2, hash: hashOf(2) } },
      {},
      'another block of this height was signed',
    ],
    [
      'refuses another block of a higher round',
      { lastHeight: 5n, signed: { round: 0, hash: hashOf(2) } },
      { round: 1 },
      'locked on the block of a lower round',
    ],
  ])('%s', (_, history, change, fault) => expect(historyFault(history, { ...asked, ...change })).toBe(fault));
});

describe('the steps', () => {
  const states: VoteState[] = (['asked', 'executing', 'recording', 'done'] as const).map((at) => ({ at, asked }));
  const events: VoteEvent[] = [
    { is: 'asked', history: fresh },
    { is: 'executed', fault: undefined },
    { is: 'recorded', fault: undefined },
  ];
  const TABLE: Record<string, string> = {
    'asked asked': 'execute',
    'executing executed': 'record',
    'recording recorded': 'sign',
  };
  test.each(states.flatMap((state) => events.map((event) => [state.at, event.is, state, event] as const)))(
    '%s takes %s as written',
    (at, is, state, event) => {
      const expected = TABLE[`${at} ${is}`];
      if (expected) expect(voteStep(state, event).effect.kind).toBe(expected);
      else expect(() => voteStep(state, event)).toThrow(`a vote that is ${at} can't take '${is}'`);
    },
  );

  test('a block that was signed before is recorded and signed again, not executed', () => {
    const history = { lastHeight: 5n, signed: asked };
    expect(voteStep(askedToVote(asked), { is: 'asked', history }).effect).toEqual({ kind: 'record' });
  });

  test.each<[string, VoteState['at'], VoteEvent]>([
    ['the history', 'asked', { is: 'asked', history: { lastHeight: 9n, signed: undefined } }],
    ['the execution', 'executing', { is: 'executed', fault: 'stateRoot' }],
    ['the record', 'recording', { is: 'recorded', fault: 'another vote came in between' }],
  ])('a fault of %s refuses', (_, at, event) => {
    expect(voteStep({ at, asked }, event)).toMatchObject({ state: { at: 'done' }, effect: { kind: 'refuse' } });
  });
});

test('in any order of requests, one block a height is signed, and heights never fall', () => {
  const request = fc.record({ height: fc.bigInt(0n, 4n), round: fc.nat(2), block: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 40 }), (requests) => {
      const signed = new Map<bigint, Asked>();
      let lastHeight: bigint | undefined;
      for (const { height, round, block } of requests) {
        const one = { height, round, hash: hashOf(block) };
        if (historyFault({ lastHeight, signed: signed.get(height) }, one)) continue;
        expect(lastHeight === undefined || height >= lastHeight).toBe(true);
        expect(signed.get(height)?.hash ?? one.hash).toEqual(one.hash);
        signed.set(height, one);
        lastHeight = height;
      }
    }),
  );
});
