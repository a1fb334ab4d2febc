/** What is read back after a lost reply, what the stage's bytes are, and what sender and receiver of an event do. */
import { beforeAll, describe, expect, test } from 'vitest';
import { CodecError } from '../../../protocol/codec.ts';
import { taggedHash } from '../../../protocol/hash.ts';
import { afterLostReply } from '../../../protocol/seal/lost-reply.ts';
import { afterAttempt, onDelivery, outboxStep } from '../../../protocol/seal/outbox.ts';
import {
  decodePlace,
  decodeStage,
  encodePlace,
  encodeStage,
  type StagedBlock,
  samePlace,
  stagedBlock,
} from '../../../protocol/seal/stage.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';

const hashOf = (n: number) => taggedHash('test', Uint8Array.of(n));

describe('after a lost reply', () => {
  const block = { hash: hashOf(5), parent: hashOf(4) };
  const tip = { height: 4n, hash: hashOf(4) };
  test.each([
    ['the block is held', { hash: hashOf(5), tip: { height: 5n, hash: hashOf(5) } }, 'committed'],
    ['the block is held and others follow', { hash: hashOf(5), tip: { height: 9n, hash: hashOf(9) } }, 'committed'],
    ['another block is held', { hash: hashOf(6), tip: { height: 5n, hash: hashOf(6) } }, 'stale'],
    ['the parent is the tip', { hash: undefined, tip }, 'resubmit'],
    ['the tip is below the parent', { hash: undefined, tip: { height: 2n, hash: hashOf(2) } }, 'unlinked'],
    ['the tip is beside the parent', { hash: undefined, tip: { height: 4n, hash: hashOf(6) } }, 'unlinked'],
    ['there is no tip', { hash: undefined, tip: undefined }, 'resubmit'],
  ])('%s', (_, held, verdict) => expect(afterLostReply(held, block)).toBe(verdict));
});

describe('the stage', () => {
  let staged: StagedBlock;
  beforeAll(() => {
    const network = testNetwork();
    const chain = new TestChain(network);
    staged = stagedBlock(chain.build([chain.fund(network.key('alice'), 1_000n)]).block);
  });

  test('gives back the block that was put into it, byte for byte', () => {
    const bytes = encodeStage(staged);
    const back = decodeStage(bytes);
    expect(back).toEqual(staged);
    expect(encodeStage(back)).toEqual(bytes);
    expect(samePlace(back, staged)).toBe(true);
  });

  test('refuses bytes that are no stage', () => {
    const bytes = encodeStage(staged);
    expect(() => decodeStage(bytes.subarray(1))).toThrow(CodecError);
    expect(() => decodeStage(Uint8Array.of(...bytes, 0))).toThrow(CodecError);
  });

  test('keeps a place', () => {
    const place = { height: 7n, hash: hashOf(7) };
    expect(decodePlace(encodePlace(place))).toEqual(place);
    expect(samePlace(place, { ...place, height: 8n })).toBe(false);
    expect(samePlace(place, { ...place, hash: hashOf(8) })).toBe(false);
  });
});

describe('delivery', () => {
  test.each([
    ['nothing is queued', undefined, { kind: 'fill' }],
    ['the next one is due', { dueMs: 10 }, { kind: 'send', head: { dueMs: 10 } }],
    ['the next one waits', { dueMs: 11 }, { kind: 'wait', untilMs: 11 }],
  ])('when %s', (_, head, step) => expect(outboxStep(head, 10)).toEqual(step));

  test('only what was taken is marked sent', () => {
    expect(afterAttempt(true)).toBe('markSent');
    expect(afterAttempt(false)).toBe('keep');
  });

  test.each([
    [0, 1, 'apply'],
    [3, 4, 'apply'],
    [3, 3, 'repeat'],
    [3, 1, 'repeat'],
    [3, 5, 'gap'],
  ])('after %i, number %i is to %s', (last, seq, verdict) => expect(onDelivery(last, seq)).toBe(verdict));
});
