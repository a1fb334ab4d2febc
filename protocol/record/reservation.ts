/** Who has reserved a provider, until when, and what is in escrow for it. The key is the provider's. */
import { bool, bytes32, type Decoded, struct, u64As } from '../codec.ts';
import { recordTable } from '../state/record.ts';
import type { UnixMs, Zhi } from '../units.ts';

const reservationCodec = struct({
  holder: bytes32,
  fromMs: u64As<UnixMs>(),
  untilMs: u64As<UnixMs>(),
  /** For the whole span; held by the reservations account until the reservation is closed. */
  priceZhi: u64As<Zhi>(),
  /** Paid out: the record only tells of the past. */
  closed: bool,
});
export type Reservation = Decoded<typeof reservationCodec>;

export const reservations = recordTable('reservation', reservationCodec);

/** What the provider has earned at a time, pro rata by the millisecond. Rounded up: the provider keeps the fraction of a zhi. */
export function earnedZhi({ fromMs, untilMs, priceZhi }: Reservation, timeMs: UnixMs): Zhi {
  if (timeMs >= untilMs) return priceZhi;
  const span = untilMs - fromMs;
  return ((priceZhi * (timeMs - fromMs) + span - 1n) / span) as Zhi;
}
