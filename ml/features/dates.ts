/** Calendar parts of a moment in days since 1970-01-01T00:00Z: floor and integers, no clock and no locale. */

export const DATE_PARTS = ['days', 'year', 'month', 'weekday', 'hour'] as const;
export type DatePart = (typeof DATE_PARTS)[number];

/** Days of 400 Gregorian years, of 100, of 4 and of one. */
const [ERA, CENTURY, OLYMPIAD, YEAR] = [146_097, 36_524, 1461, 365];
/** From 0000-03-01 to 1970-01-01. */
const EPOCH = 719_468;

/**
 * Year and month (1 to 12) of a whole day, after H. Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so
 * that the leap day is the last, and months of 30.6 days follow.
 */
function civil(day: number): { year: number; month: number } {
  const shifted = day + EPOCH;
  const era = Math.floor(shifted / ERA);
  const inEra = shifted - era * ERA;
  const leapless =
    inEra - Math.floor(inEra / (OLYMPIAD - 1)) + Math.floor(inEra / CENTURY) - Math.floor(inEra / (ERA - 1));
  const yearOfEra = Math.floor(leapless / YEAR);
  const inYear = inEra - (YEAR * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * inYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return { year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month };
}

/** NaN of NaN. Weekdays: 0 is Monday. Hours: 0 to 23. */
export function datePart(days: number, part: DatePart): number {
  if (!Number.isFinite(days)) return Number.NaN;
  const day = Math.floor(days);
  switch (part) {
    case 'days':
      return days;
    case 'year':
      return civil(day).year;
    case 'month':
      return civil(day).month;
    // 1970-01-01 was a Thursday.
    case 'weekday':
      return day + 3 - Math.floor((day + 3) / 7) * 7;
    // A second is 1/86400 day, not a binary fraction: half of one is added, so that 05:00 is not 04:59:59.
    case 'hour':
      return Math.min(23, Math.floor((days - day) * 24 + 1 / 7200));
  }
}
