/** The objects of an isolate ask a verifier once for a block, and without its word they execute the block themselves. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { executeProposal } from '../../durable-objects/region/execute-proposal.ts';
import type { Proposal } from '../../durable-objects/region/peer.ts';
import { ANSWER_MS_MAX as VOTE_MS_MAX } from '../../durable-objects/region/sequencer/in-time.ts';
import { answer } from '../../durable-objects/verifier/answer.ts';
import { forgetVerifier, type VerifierEnv } from '../../durable-objects/verifier/ask.ts';
import { VERIFIER_PATHS } from '../../durable-objects/verifier/messages.ts';
import { decodeHeader, encodeHeader } from '../../protocol/block/header.ts';
import { TestChain } from '../support/chain.ts';
import { testNetwork } from '../support/network.ts';
import { firstBlock, proposalOf, silent, verifier, withLast } from './verifier-proposals.ts';

/** Well above 8 KB, and well below. */
const LARGE = 60;
const SMALL = 2;
const REGIONS = 9;

const network = testNetwork('execute-elsewhere');
const execute = (env: VerifierEnv, proposal: Proposal) =>
  executeProposal(env, network, undefined, decodeHeader(proposal.header), proposal);
/** Each region's object decodes its own message. */
const copyOf = ({ header, body, witness }: Proposal): Proposal => ({
  header: header.slice(),
  body: body.slice(),
  witness: witness.slice(),
});
const byAll = (env: VerifierEnv, proposal: Proposal) =>
  Promise.all(Array.from({ length: REGIONS }, () => execute(env, copyOf(proposal))));
const validFor = ({ header }: Proposal) => ({ ok: true, value: decodeHeader(header) });
const bytesOf = ({ body, witness }: Proposal) => body.length + witness.length;

beforeEach(() => {
  forgetVerifier();
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  forgetVerifier();
});

describe('a large block', () => {
  it('is asked about once for nine callers at once, and the answer is theirs', async () => {
    const proposal = firstBlock(network, 'nine', LARGE);
    expect(bytesOf(proposal)).toBeGreaterThan(8 << 10);
    const { env, asked } = verifier();
    expect(await byAll(env, proposal)).toEqual(Array(REGIONS).fill(validFor(proposal)));
    expect(asked).toEqual([VERIFIER_PATHS.execute]);
    // And for whoever comes later.
    expect(await execute(env, proposal)).toEqual(validFor(proposal));
    expect(asked).toHaveLength(1);
  });

  it('is asked about once for callers that come while it is executed', async () => {
    const proposal = firstBlock(network, 'later', LARGE);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { env, asked } = verifier(async (request) => {
      await held;
      return answer(request);
    });
    const first = execute(env, proposal);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    const others = byAll(env, proposal);
    release();
    expect(await Promise.all([first, others])).toEqual([validFor(proposal), Array(REGIONS).fill(validFor(proposal))]);
    expect(asked).toHaveLength(1);
  });

  it('on another one goes with the header before it', async () => {
    const chain = new TestChain(network);
    const fund = (i: number) => chain.fund(network.key(`second/${i}`), 1n);
    const first = chain.build(Array.from({ length: LARGE }, (_, i) => fund(i)));
    chain.take(first);
    const second = proposalOf(chain.build(Array.from({ length: LARGE }, (_, i) => fund(LARGE + i))), chain);
    const { env, asked } = verifier();
    const { header: previous } = first.block;
    const header = decodeHeader(second.header);
    expect(await executeProposal(env, network, previous, header, second)).toEqual(validFor(second));
    const { stateRoot } = header;
    const elsewhere = await executeProposal(env, network, { ...previous, stateRoot }, header, {
      ...second,
      body: second.body.slice(),
      witness: withLast(second.witness),
    });
    expect(elsewhere).toMatchObject({ ok: false, code: 'block_invalid' });
    expect(asked).toHaveLength(2);
  });

  it.each<[string, (right: Proposal) => Partial<Proposal>]>([
    ['body', ({ body }) => ({ body: withLast(body) })],
    ['witness', ({ witness }) => ({ witness: withLast(witness) })],
    ['header', ({ header }) => ({ header: encodeHeader({ ...decodeHeader(header), stateRoot: new Uint8Array(32) }) })],
  ])('with a false %s is refused by all as each would refuse it, valid twin or not', async (part, change) => {
    const right = firstBlock(network, `false ${part}`, LARGE);
    const wrong = { ...right, ...change(right) };
    const { env, asked } = verifier();
    const refused = await byAll(env, wrong);
    expect(asked).not.toEqual([]);
    const alone = await execute({}, wrong);
    expect(alone).toMatchObject({ ok: false, code: expect.stringMatching(/_invalid$/) });
    expect(refused).toEqual(Array(REGIONS).fill(alone));

    expect(await execute(env, right)).toEqual(validFor(right));
    expect(await byAll(env, wrong)).toEqual(Array(REGIONS).fill(alone));
  });

  it('and another one at the same time have each its own verdict', async () => {
    const [one, other] = [firstBlock(network, 'one', LARGE), firstBlock(network, 'other', LARGE)];
    const wrong = { ...other, witness: withLast(other.witness) };
    const { env } = verifier();
    const verdicts = await Promise.all(
      [one, wrong, other, one, wrong, other].map((block) => execute(env, copyOf(block))),
    );
    const refusal = expect.objectContaining({ ok: false, code: 'witness_invalid' });
    expect(verdicts).toEqual([one, wrong, other, one, wrong, other].map((b) => (b === wrong ? refusal : validFor(b))));
  });
});

describe('a verifier that fails', () => {
  const down = () => new Response(null, { status: 503 });

  it('leaves a valid block to this isolate, which is valid here', async () => {
    const proposal = firstBlock(network, 'down', LARGE);
    const { env, asked } = verifier(down);
    expect(await byAll(env, proposal)).toEqual(Array(REGIONS).fill(validFor(proposal)));
    expect(asked).toHaveLength(1);
  });

  it('leaves an invalid block to this isolate, which refuses it', async () => {
    const right = firstBlock(network, 'down, invalid', LARGE);
    const wrong = { ...right, witness: withLast(right.witness) };
    const { env, asked } = verifier(down);
    const alone = await execute({}, wrong);
    expect(alone).toMatchObject({ ok: false, code: 'witness_invalid' });
    expect(await byAll(env, wrong)).toEqual(Array(REGIONS).fill(alone));
    expect(asked).toHaveLength(1);
  });

  it('by its silence is asked about once too, by callers that wait for each other', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((limitMs) => {
      const limit = new AbortController();
      setTimeout(() => limit.abort(new DOMException('too late', 'TimeoutError')), limitMs);
      return limit.signal;
    });
    const proposal = firstBlock(network, 'silent', LARGE);
    const { env, asked } = verifier(silent);
    const first = execute(env, proposal);
    await Promise.resolve();
    const others = byAll(env, proposal);
    await vi.advanceTimersByTimeAsync(VOTE_MS_MAX);
    expect(await first).toEqual(validFor(proposal));
    expect(await others).toEqual(Array(REGIONS).fill(validFor(proposal)));
    expect(asked).toHaveLength(1);
  });

  it('is not asked about the next block', async () => {
    const { env, asked } = verifier(down);
    for (const name of ['next/1', 'next/2', 'next/3']) {
      const proposal = firstBlock(network, name, LARGE);
      expect(await execute(env, proposal)).toEqual(validFor(proposal));
    }
    expect(asked).toHaveLength(1);
  });
});

describe('a small block', () => {
  it('is executed here, valid or not', async () => {
    const proposal = firstBlock(network, 'small', SMALL);
    expect(bytesOf(proposal)).toBeLessThan(8 << 10);
    const { env, asked } = verifier();
    expect(await byAll(env, proposal)).toEqual(Array(REGIONS).fill(validFor(proposal)));
    const wrong = { ...proposal, body: withLast(proposal.body) };
    expect(await execute(env, wrong)).toMatchObject({ ok: false, code: 'block_invalid' });
    expect(asked).toEqual([]);
  });
});
