/**
 * Param: changes a parameter (governance/parameters.ts) in four steps that anyone may send: a proposal, approvals by seats, ballots by
 * stake, and the enactment. What each decides is in governance/steps.ts.
 *
 * A seat approves by its signature over `HAI/param/1` || genesis hash (32) || the proposal's id (32). The id is the hash of the
 * proposing transaction, hence of everything that is proposed.
 */
import { concatBytes } from '@noble/hashes/utils.js';
import {
  bool,
  bytes32,
  bytes64,
  bytesMax,
  CodecError,
  type Decoded,
  decode,
  encode,
  struct,
  u8,
  union,
  vec,
} from '../codec.ts';
import { SEATS } from '../genesis.ts';
import { VALUE_BYTES_MAX } from '../governance/parameters.ts';
import { approve, ballot, enact, propose } from '../governance/steps.ts';
import { domain, type Hash } from '../hash.ts';
import type { EntryOutcome, Rule, RuleContext, RuleInput, Signed } from './rule.ts';

const bodyCodec = union({
  propose: struct({
    parameter: u8,
    value: bytesMax(VALUE_BYTES_MAX),
    /** The version that the proposal is about: zero, or the id of the proposal that was the last to set the parameter. */
    replaces: bytes32,
  }),
  /** In seat order, each seat once; more may come in other transactions. */
  approve: struct({ proposal: bytes32, approvals: vec(struct({ seat: u8, signature: bytes64 }), SEATS) }),
  ballot: struct({ proposal: bytes32, yes: bool }),
  enact: struct({ proposal: bytes32 }),
});
export type Param = Decoded<typeof bodyCodec>;
export const encodeParam = (body: Param): Uint8Array => encode(bodyCodec, body);

export function decodeParam(bytes: Uint8Array): Param {
  const body = decode(bodyCodec, bytes);
  if (body.kind !== 'approve') return body;
  const seats = body.approvals.map(({ seat }) => seat);
  const isOrdered = seats.every((seat, i) => seat < SEATS && (i === 0 || (seats[i - 1] as number) < seat));
  if (seats.length === 0 || !isOrdered) throw new CodecError('seats that are not in order');
  return body;
}

export const approvalBytes = (genesisHash: Hash, proposal: Hash): Uint8Array =>
  concatBytes(domain('HAI/param/1'), genesisHash, proposal);

function innerSignatures(body: Param, { genesis, genesisHash }: RuleContext): Signed[] {
  if (body.kind !== 'approve') return [];
  const message = approvalBytes(genesisHash, body.proposal);
  return body.approvals.map(({ seat, signature }) => {
    const found = genesis.seats[seat];
    if (!found) throw new Error(`a network without a seat ${seat}`);
    return { publicKey: found.key, message, signature };
  });
}

function apply(body: Param, input: RuleInput): EntryOutcome {
  switch (body.kind) {
    case 'propose':
      return propose(body, input);
    case 'approve':
      return approve(
        body.proposal,
        body.approvals.map(({ seat }) => seat),
        input,
      );
    case 'ballot':
      return ballot(body.proposal, body.yes, input);
    case 'enact':
      return enact(body.proposal, input);
  }
}

export const paramRule: Rule<Param> = {
  decodeBody: (body) => [decodeParam(body)],
  innerSignatures,
  apply,
};
