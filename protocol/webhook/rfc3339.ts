/**
 * Unix milliseconds as an RFC 3339 UTC time with milliseconds, by integer arithmetic: the same text on every machine.
 * Days to civil date: the Gregorian calendar repeats every 400 years of 146,097 days, counted here from 1 March 0000.
 */
const DAY_MS = 86_400_000n;
const DAYS_BEFORE_EPOCH = 719_468;
const ERA_DAYS = 146_097;
/** The last millisecond of the year 9999. */
export const RFC3339_MS_MAX = 253_402_300_799_999n;

const padded = (value: number, width: number): string => String(value).padStart(width, '0');

function dateText(daysSinceEpoch: number): string {
  const days = daysSinceEpoch + DAYS_BEFORE_EPOCH;
  const era = Math.floor(days / ERA_DAYS);
  const dayOfEra = days - era * ERA_DAYS;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

/** 0 <= timeMs <= RFC3339_MS_MAX, else RangeError. */
export function rfc3339(timeMs: bigint): string {
  if (timeMs < 0n || timeMs > RFC3339_MS_MAX) throw new RangeError(`no RFC 3339 time: ${timeMs}`);
  const ms = Number(timeMs % DAY_MS);
  const clock = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  return `${dateText(Number(timeMs / DAY_MS))}T${clock.map((n) => padded(n, 2)).join(':')}.${padded(ms % 1000, 3)}Z`;
}
