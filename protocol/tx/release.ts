/** Release: closes a reservation. Its holder may at any time, and gets back what was not used; anyone may when it is over. */
import { SYSTEM_ACCOUNT } from '../address.ts';
import { bytes32, type Decoded, decode, encode, struct } from '../codec.ts';
import { equalBytes } from '../hash.ts';
import { earnedZhi, type Reservation, reservations } from '../record/reservation.ts';
import type { UnixMs } from '../units.ts';
import { post } from './postings.ts';
import { applied, type EntryOutcome, type Posting, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({ provider: bytes32 });
export type Release = Decoded<typeof bodyCodec>;
export const encodeRelease = (body: Release): Uint8Array => encode(bodyCodec, body);
export const decodeRelease = (body: Uint8Array): Release => decode(bodyCodec, body);

export function closingPostings(provider: Uint8Array, reservation: Reservation, timeMs: UnixMs): Posting[] {
  const earned = earnedZhi(reservation, timeMs);
  return [
    { account: SYSTEM_ACCOUNT.reservations, deltaZhi: -reservation.priceZhi },
    { account: provider, deltaZhi: earned },
    { account: reservation.holder, deltaZhi: reservation.priceZhi - earned },
  ];
}

function apply({ provider }: Release, { context, state, sender }: RuleInput): EntryOutcome {
  const { timeMs } = context;
  const reservation = reservations.read(state, provider);
  const isOpen = reservation && !reservation.closed;
  const isOver = reservation && timeMs >= reservation.untilMs;
  if (isOpen && !isOver && !equalBytes(reservation.holder, sender)) return refused('not_authorised');
  if (!isOpen) return refused('unknown_reservation');
  const postings = closingPostings(provider, reservation, timeMs);
  post(state, postings);
  reservations.write(state, provider, { ...reservation, closed: true });
  return applied(postings);
}

export const releaseRule: Rule<Release> = {
  decodeBody: (body) => [decodeRelease(body)],
  innerSignatures: () => [],
  apply,
};
