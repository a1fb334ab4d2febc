/** A proposal goes by name to a region of the same isolate, and whole to any other: from then on at once. */
import { describe, expect, it, vi } from 'vitest';
import type { Proposal, SeatVote } from '../../durable-objects/region/peer.ts';
import { shownProposal, votesByName, whileShown } from '../../durable-objects/region/shown-proposals.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import type { Region } from '../../protocol/regions.ts';

const bytes = (n: number) => Uint8Array.of(n);
const proposal: Proposal = { header: bytes(1), body: bytes(2), witness: bytes(3) };
const votes: Result<SeatVote[]> = ok([{ seatKey: bytes(4), signature: bytes(5) }]);
const parent = { header: bytes(6), certificate: bytes(7) };

type Vote = (proposal: Proposal) => Result<SeatVote[]>;
/** Of the isolate that `shown` looks into. */
function peerOf(shown: typeof shownProposal, answer: Vote = () => votes) {
  const vote = vi.fn(async (whole: Proposal) => answer(whole));
  const voteShown = vi.fn(async (name: string) => {
    const found = shown(name);
    return found && answer(found);
  });
  return { vote, voteShown };
}
const ofAnother = () => undefined;

describe('a proposal', () => {
  it('is known by its name while it is shown, as the very same', async () => {
    const other = { ...proposal };
    const names = await whileShown(proposal, (name) =>
      whileShown(other, async (otherName) => {
        expect(shownProposal(name)).toBe(proposal);
        expect(shownProposal(otherName)).toBe(other);
        return [name, otherName];
      }),
    );
    expect(new Set(names).size).toBe(2);
    expect(names.map(shownProposal)).toEqual([undefined, undefined]);
  });

  it('is forgotten when what it is shown for fails', async () => {
    let shownAs = '';
    const failing = whileShown(proposal, async (name) => {
      shownAs = name;
      throw new Error('no votes');
    });
    await expect(failing).rejects.toThrow('no votes');
    expect(shownAs).not.toBe('');
    expect(shownProposal(shownAs)).toBeUndefined();
  });
});

it('that nobody answers is forgotten once four others are shown', async () => {
  const names: string[] = [];
  const shown = () =>
    whileShown(proposal, (name) => {
      names.push(name);
      return new Promise<never>(() => {});
    });
  for (let i = 0; i < 6; i++) void shown();
  expect(names.map((name) => shownProposal(name) !== undefined)).toEqual([false, false, true, true, true, true]);
});

describe('a region', () => {
  it('of this isolate is sent a name and nothing else, with the parent where it is asked again', async () => {
    const seen: Proposal[] = [];
    const refusal = fail('consensus_stalled', 'no parent');
    const peer = peerOf(shownProposal, (one) => (seen.push(one) === 1 ? refusal : votes));
    await whileShown(proposal, async (name) => {
      const ask = votesByName(peer, 'afr', new Set(), name, proposal);
      // A refusal is an answer: the whole would be refused as well.
      expect(await ask(null)).toEqual(refusal);
      expect(await ask(parent)).toEqual(votes);
      expect(peer.voteShown.mock.calls).toEqual([
        [name, null],
        [name, parent],
      ]);
    });
    expect(seen).toEqual([proposal, proposal]);
    expect(seen[0]).toBe(proposal);
    expect(peer.vote).not.toHaveBeenCalled();
  });

  it('of another is sent the whole, and the next one at once', async () => {
    const [peer, otherIsolates] = [peerOf(ofAnother), new Set<Region>()];
    for (const _ of Array(2)) {
      const answer = await whileShown(proposal, (name) =>
        votesByName(peer, 'oc', otherIsolates, name, proposal)(parent),
      );
      expect(answer).toEqual(votes);
    }
    expect(peer.voteShown).toHaveBeenCalledTimes(1);
    expect(peer.vote.mock.calls).toEqual([
      [proposal, parent],
      [proposal, parent],
    ]);
    expect([...otherIsolates]).toEqual(['oc']);
  });

  it('that looks when the votes are in is sent nothing, and asked by name the next time', async () => {
    const otherIsolates = new Set<Region>();
    const peer = peerOf(ofAnother);
    const answer = await votesByName(peer, 'me', otherIsolates, 'shown no more', proposal)(null);
    expect(answer).toMatchObject({ ok: false, code: 'consensus_stalled' });
    expect(peer.vote).not.toHaveBeenCalled();
    expect(otherIsolates.size).toBe(0);
  });

  it('that does not know the question is sent the whole, and asked again the next time', async () => {
    const [peer, otherIsolates] = [peerOf(ofAnother), new Set<Region>()];
    peer.voteShown.mockRejectedValue(new TypeError('The RPC receiver does not implement the method "voteShown".'));
    const ask = () => whileShown(proposal, (name) => votesByName(peer, 'apac', otherIsolates, name, proposal)(null));
    expect([await ask(), await ask()]).toEqual([votes, votes]);
    expect([peer.voteShown.mock.calls.length, peer.vote.mock.calls.length, otherIsolates.size]).toEqual([2, 2, 0]);
  });

  it('that fails either way has not voted', async () => {
    const peer = peerOf(ofAnother);
    peer.vote.mockRejectedValue(new Error('gone'));
    const asked = whileShown(proposal, (name) => votesByName(peer, 'apac', new Set(), name, proposal)(null));
    await expect(asked).rejects.toThrow('gone');
  });
});
