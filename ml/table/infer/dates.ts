/** Dates as people write them, as days since 1970-01-01; the proleptic Gregorian calendar, no time zone unless one is written. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const TIME = String.raw`(?:[T\s]\s*(\d{1,2})[:时点](\d{1,2})(?:[:分](\d{1,2})(?:[.,](\d{1,9}))?秒?)?分?\s*([ap]m)?\s*(z|utc|[+-]\d{2}:?\d{2})?)?`;
const dated = (date: string) => new RegExp(`^${date}${TIME}$`, 'i');

/** 2024-01-05, 2024/1/5, 2024.1.5. */
const YEAR_FIRST = dated(String.raw`(\d{4})([-/.])(\d{1,2})\2(\d{1,2})`);
/** 2024年1月5日. */
const CHINESE = dated(String.raw`(\d{4})年\s*(\d{1,2})月\s*(\d{1,2})[日号]`);
/** 2024-05, 2024/05, 2024年5月. */
const MONTH_ONLY = /^(\d{4})(?:[-/](\d{2})|年\s*(\d{1,2})月)$/;
/** 05.01.2024, always the day first; 05/01/2024 and 05-01-2024, either. */
const YEAR_LAST = dated(String.raw`(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})`);
/** 5 Jan 2024, 05-Jan-24, 5 January 2024. */
const DAY_NAMED = dated(String.raw`(\d{1,2})[-\s]([a-z]{3,9})\.?[-\s,]+(\d{4}|\d{2})`);
/** Jan 5, 2024. */
const MONTH_NAMED = dated(String.raw`([a-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})`);

/** Days of a civil date since 1970-01-01, negative before: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
export function daysOfCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** NaN where there is no such day. Two-digit years as POSIX has them: 69 to 99 are of the last century. */
function dayOf(yearText: string, month: number, day: number): number {
  const short = Number(yearText);
  const year = yearText.length === 4 ? short : short + (short >= 69 ? 1900 : 2000);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return Number.NaN;
  return daysOfCivil(year, month, day);
}

/** The fraction of the day, less the time zone; NaN where there is no such time. 24:00 is the day's end. */
function timeOf([hourText, minuteText, secondText, fraction, half, zone]: readonly (string | undefined)[]): number {
  if (hourText === undefined) return 0;
  let hour = Number(hourText);
  const [minute, second] = [Number(minuteText), Number(secondText ?? 0)];
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return Number.NaN;
    hour = (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
  }
  if (hour > 24 || minute > 59 || second > 60 || (hour === 24 && minute + second > 0)) return Number.NaN;
  const seconds = hour * 3600 + minute * 60 + second + Number(`0.${fraction ?? 0}`) - zoneSeconds(zone);
  return seconds / 86_400;
}

function zoneSeconds(zone: string | undefined): number {
  if (zone === undefined || !/\d/.test(zone)) return 0;
  const seconds = Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(-2)) * 60;
  return zone.startsWith('-') ? -seconds : seconds;
}

function monthNamed(name: string): number {
  const month = MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
  // "may" is whole; "march" may be cut anywhere after three letters, but "marble" is no month.
  return month > 0 && FULL_MONTHS[month - 1]?.startsWith(name.toLowerCase()) ? month : 0;
}
const FULL_MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august'],
  ...['september', 'october', 'november', 'december'],
];

/** A tidied text as days since 1970 with the time of day as the fraction; NaN if it is no date. `dayFirst` is of 05/01/2024. */
export function parseDate(text: string, dayFirst: boolean): number {
  if (text.length < 6 || text.length > 48) return Number.NaN;
  let found = YEAR_FIRST.exec(text);
  if (found) return dayOf(found[1] as string, Number(found[3]), Number(found[4])) + timeOf(found.slice(5));
  found = CHINESE.exec(text);
  if (found) return dayOf(found[1] as string, Number(found[2]), Number(found[3])) + timeOf(found.slice(4));
  found = MONTH_ONLY.exec(text);
  if (found) return dayOf(found[1] as string, Number(found[2] ?? found[3]), 1);
  found = YEAR_LAST.exec(text);
  if (found) {
    const [first, second] = [Number(found[1]), Number(found[3])];
    const isDayFirst = dayFirst || found[2] === '.';
    const [day, month] = isDayFirst ? [first, second] : [second, first];
    return dayOf(found[4] as string, month, day) + timeOf(found.slice(5));
  }
  found = DAY_NAMED.exec(text);
  if (found)
    return dayOf(found[3] as string, monthNamed(found[2] as string), Number(found[1])) + timeOf(found.slice(4));
  found = MONTH_NAMED.exec(text);
  if (found)
    return dayOf(found[3] as string, monthNamed(found[1] as string), Number(found[2])) + timeOf(found.slice(4));
  return Number.NaN;
}

/** Whether a text has an order of day and month that its marks don't tell. */
export function isOrderOpen(text: string): boolean {
  const found = text.length > 48 ? null : YEAR_LAST.exec(text);
  return found !== null && found[2] !== '.';
}
