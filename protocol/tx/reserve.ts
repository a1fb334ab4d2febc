/**
 * Reserve: tokens redeem a resource node for a time (white paper 3.4). The price goes into escrow, and to the provider pro rata
 * when the reservation is released or over. It starts with the block. It books the provider against other reservations;
 * matching does not read it, so that nobody can keep orders from a provider by reserving it.
 */
import { SYSTEM_ACCOUNT } from '../address.ts';
import { bytes32, type Decoded, decode, encode, struct, u16 } from '../codec.ts';
import { equalBytes } from '../hash.ts';
import { type Reservation, reservations } from '../record/reservation.ts';
import type { UnixMs, Zhi } from '../units.ts';
import { balanceOf, post } from './postings.ts';
import { closingPostings } from './release.ts';
import { applied, type EntryOutcome, type Posting, type Rule, type RuleInput, refused } from './rule.ts';

const HOUR_MS = 3_600_000n;
/** 30 days, as orders: escrow is not parked for longer. */
export const RESERVATION_HOURS_MAX = 720;

const bodyCodec = struct({ provider: bytes32, hours: u16 });
export type Reserve = Decoded<typeof bodyCodec>;
export const encodeReserve = (body: Reserve): Uint8Array => encode(bodyCodec, body);
export const decodeReserve = (body: Uint8Array): Reserve => decode(bodyCodec, body);

function apply({ provider, hours }: Reserve, { context, state, sender }: RuleInput): EntryOutcome {
  const { genesis, parameters, timeMs } = context;
  if (hours === 0) return refused('invalid_field');
  const priceZhi = (BigInt(hours) * parameters.reservationZhiPerHour) as Zhi;
  if (balanceOf(state, sender) < priceZhi) return refused('insufficient_balance');
  if (!genesis.providers.some(({ key }) => equalBytes(key, provider))) return refused('unknown_provider');
  const last = reservations.read(state, provider);
  if (last && !last.closed && timeMs < last.untilMs) return refused('provider_reserved');
  if (hours > RESERVATION_HOURS_MAX) return refused('reservation_too_long');
  const postings: Posting[] = [
    ...(last && !last.closed ? closingPostings(provider, last, timeMs) : []),
    { account: sender, deltaZhi: -priceZhi },
    { account: SYSTEM_ACCOUNT.reservations, deltaZhi: priceZhi },
  ];
  post(state, postings);
  const untilMs = (timeMs + BigInt(hours) * HOUR_MS) as UnixMs;
  const next: Reservation = { holder: sender, fromMs: timeMs, untilMs, priceZhi, closed: false };
  reservations.write(state, provider, next);
  return applied(postings);
}

export const reserveRule: Rule<Reserve> = {
  decodeBody: (body) => [decodeReserve(body)],
  innerSignatures: () => [],
  apply,
};
