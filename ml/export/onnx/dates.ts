/** The calendar of ml/features/dates.ts, step for step, in doubles: whole numbers are exact in them, and NaN stays NaN. */
import type { DatePart } from '../../features/dates.ts';
import type { OnnxGraph, Value } from './graph.ts';
import { number } from './tensor.ts';

/** Days of 400 Gregorian years, of 100, of 4 and of one; and from 0000-03-01 to 1970-01-01. */
const [ERA, CENTURY, OLYMPIAD, YEAR] = [146_097, 36_524, 1461, 365];
const EPOCH = 719_468;

/** `days`: double. Nodes that no output needs are dropped by whoever runs the graph. */
export function partsOfDays(graph: OnnxGraph, days: Value): Readonly<Record<DatePart, Value>> {
  const of = (operator: string) => (a: Value, b: Value | number) =>
    graph.add(operator, [a, typeof b === 'number' ? graph.constant(number(b)) : b]);
  const [add, sub, mul, div, less] = [of('Add'), of('Sub'), of('Mul'), of('Div'), of('Less')];
  const floor = (value: Value) => graph.add('Floor', [value]);
  const floorDiv = (a: Value, b: number) => floor(div(a, b));
  const where = (condition: Value, a: Value, b: Value) => graph.add('Where', [condition, a, b]);

  const day = floor(days);
  const shifted = add(day, EPOCH);
  const era = floorDiv(shifted, ERA);
  const inEra = sub(shifted, mul(era, ERA));
  const leapless = sub(
    add(sub(inEra, floorDiv(inEra, OLYMPIAD - 1)), floorDiv(inEra, CENTURY)),
    floorDiv(inEra, ERA - 1),
  );
  const yearOfEra = floorDiv(leapless, YEAR);
  const toYear = sub(add(mul(yearOfEra, YEAR), floorDiv(yearOfEra, 4)), floorDiv(yearOfEra, 100));
  const marchMonth = floorDiv(add(mul(sub(inEra, toYear), 5), 2), 153);
  const marchYear = add(mul(era, 400), yearOfEra);
  const isSameYear = less(marchMonth, 10);
  const month = where(isSameYear, add(marchMonth, 3), sub(marchMonth, 9));
  const year = where(isSameYear, marchYear, add(marchYear, 1));

  const fromMonday = add(day, 3);
  const weekday = sub(fromMonday, mul(floorDiv(fromMonday, 7), 7));
  const hours = floor(add(mul(sub(days, day), 24), 1 / 7200));
  const hour = where(of('Greater')(hours, 23), graph.constant(number(23)), hours);
  return { days, year, month, weekday, hour };
}
