/** Dates that are written as plain numbers: 20240105, and seconds or milliseconds since 1970. The count of digits tells which. */
import { daysOfCivil, parseDate } from './dates.ts';
import type { Scan } from './scan.ts';

const [SECONDS_A_DAY, MS_A_DAY] = [86_400, 86_400_000];
/** Years that a column of dates is about. */
const [FIRST, END] = [daysOfCivil(1900, 1, 1), daysOfCivil(2101, 1, 1)];
/** Times of computers: ten digits of seconds begin in September 2001. */
const [FIRST_UNIX, END_UNIX] = [daysOfCivil(2001, 9, 9), daysOfCivil(2040, 1, 1)];

/** By chance one number of eight digits in 28 is such a date of these two centuries' months and days, and three are one in 20,000. */
const DISTINCT_MIN = 3;

const NAMED =
  /(?:^|[\s_.-])(?:date|day|time|timestamp|ts|epoch|unix|created|updated|modified|at|when|dt)(?:$|[\s_.-])|(?:date|time|timestamp)$|[a-z](?:Date|Time|At)(?:$|[A-Z_])|日期|时间|时刻/i;

/** Of numbers that name something, whatever their digits look like. */
const NUMBERED =
  /phone|mobile|(?:^|[\s_.-])(?:tel|fax|id|no|num|number|code|zip|account|order|invoice)(?:$|[\s_.-])|[a-z]Id$|号|编码/i;

const CALENDAR = /^(\d{4})(\d{2})(\d{2})$/;
const UNIX = /^(?:(\d{10})(?:\.\d{1,9})?|\d{13})$/;

const calendarDay = (word: string): number => {
  const found = CALENDAR.exec(word);
  const day = found ? parseDate(`${found[1]}-${found[2]}-${found[3]}`, false) : Number.NaN;
  return day >= FIRST && day < END ? day : Number.NaN;
};

const unixDay = (word: string): number => {
  const found = UNIX.exec(word);
  if (!found) return Number.NaN;
  const day = Number(word) / (found[1] === undefined ? MS_A_DAY : SECONDS_A_DAY);
  return day >= FIRST_UNIX && day < END_UNIX ? day : Number.NaN;
};

/** Days since 1970-01-01; NaN for what is no such number. */
export function parseStamp(word: string): number {
  const day = calendarDay(word);
  return Number.isNaN(day) ? unixDay(word) : day;
}

/**
 * Whether a column of numbers holds dates: all of its cells do, and it is named so, or has values that 32 bits would not tell apart,
 * or dates of the calendar too many for chance.
 */
export function areStamps({ words }: Scan, name: string): boolean {
  const isCalendar = words.every((word) => !Number.isNaN(calendarDay(word)));
  if (!isCalendar && !words.every((word) => !Number.isNaN(unixDay(word)))) return false;
  if (NAMED.test(name)) return true;
  if (NUMBERED.test(name)) return false;
  if (isCalendar && words.length >= DISTINCT_MIN) return true;
  return new Set(words.map((word) => Math.fround(Number(word)))).size < words.length;
}
