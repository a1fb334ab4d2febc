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
    const [peer, elsewhere] = [peerOf(ofAnother), new Set<Region>()];
    for (const _ of Array(2)) {
      const answer = await whileShown(proposal, (name) => votesByName(peer, 'oc', elsewhere, name, proposal)(parent));
      expect(answer).toEqual(votes);
    }
    expect(peer.voteShown).toHaveBeenCalledTimes(1);
    expect(peer.vote.mock.calls).toEqual([
      [proposal, parent],
      [proposal, parent],
    ]);
    expect([...elsewhere]).toEqual(['oc']);
  });

  it('that looks when the votes are in is asked by name the next time', async () => {
    const elsewhere = new Set<Region>();
    expect(await votesByName(peerOf(ofAnother), 'me', elsewhere, 'shown no more', proposal)(null)).toEqual(votes);
    expect(elsewhere.size).toBe(0);
  });

  it('that fails is not sent the whole: its failure is its answer', async () => {
    const peer = peerOf(() => {
      throw new Error('gone');
    });
    const asked = whileShown(proposal, (name) => votesByName(peer, 'apac', new Set(), name, proposal)(null));
    await expect(asked).rejects.toThrow('gone');
    expect(peer.vote).not.toHaveBeenCalled();
  });
});
