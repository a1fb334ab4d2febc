/** Parsers of options and arguments, for commander: a wrong one is a usage error. */
import { InvalidArgumentError } from 'commander';
import { parseAddress } from '../../protocol/address.ts';
import { PARAMETER_NAMES, parameterNamed } from '../../protocol/governance/parameters.ts';
import { parseProcesses } from '../../protocol/provider-jobs.ts';
import { isEndpointName } from '../../protocol/record/endpoint.ts';
import { parseHai, type Zhi } from '../../protocol/units.ts';

export function haiAmount(text: string): Zhi {
  const amount = parseHai(text);
  if (amount === undefined || amount === 0n) throw new InvalidArgumentError('Not an amount in HAI, like 1.5.');
  return amount;
}

export function integerIn(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high)) throw new InvalidArgumentError(`Not an integer from ${low} to ${high}.`);
    return value;
  };
}

export function seedNumber(text: string): bigint {
  const value = /^\d{1,20}$/.test(text) ? BigInt(text) : -1n;
  if (value < 0n || value >> 64n !== 0n) throw new InvalidArgumentError('Not an integer below 2^64.');
  return value;
}

export function orderId(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('An order id has 64 lower-case hex digits.');
  return text;
}

export function address(text: string): string {
  if (!parseAddress(text)) throw new InvalidArgumentError('Not an address (hai1...).');
  return text;
}

export function blockReference(text: string): string {
  if (!/^(latest|\d{1,20}|[0-9a-f]{64})$/.test(text)) {
    throw new InvalidArgumentError('A height, a hash of 64 hex digits, or latest.');
  }
  return text;
}

export function proposalId(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('A proposal id has 64 lower-case hex digits.');
  return text;
}

export function parameterNameText(text: string): string {
  if (!parameterNamed(text)) throw new InvalidArgumentError(`One of ${PARAMETER_NAMES.join(', ')}.`);
  return text;
}

export function yesOrNo(text: string): boolean {
  if (text !== 'yes' && text !== 'no') throw new InvalidArgumentError('yes or no.');
  return text === 'yes';
}

/** "2e9", "1.5e9", "2000000000": a whole number of cycles above 0 and below 2^64, exactly. */
export function cyclesNumber(text: string): bigint {
  const match = /^(\d{1,20})(?:\.(\d{1,20}))?(?:e(\d{1,2}))?$/i.exec(text);
  const [, whole = '', fraction = '', exponent = '0'] = match ?? [];
  const zeros = Number(exponent) - fraction.length;
  const value = match && zeros >= 0 ? BigInt(whole + fraction) * 10n ** BigInt(zeros) : 0n;
  if (value <= 0n || value >> 64n !== 0n) throw new InvalidArgumentError('Not a number of cycles, like 2e9.');
  return value;
}

/** Names of a closed set, with commas between them. */
export function namesOf<T extends string>(names: readonly T[]): (text: string) => T[] {
  return (text) => {
    const found = text.split(',').map((name) => names.find((one) => one === name.trim()));
    if (found.some((name) => name === undefined)) throw new InvalidArgumentError(`Some of ${names.join(',')}.`);
    return [...new Set(found as T[])];
  };
}

export function cursorText(text: string): string {
  if (!/^[\w-]{1,64}$/.test(text)) throw new InvalidArgumentError('Not a cursor, as a list or an event gave it.');
  return text;
}

/** As a deployment lists them. */
export function processKeys(text: string): string {
  try {
    parseProcesses(text);
    return text;
  } catch {
    throw new InvalidArgumentError('Addresses (hai1...) with spaces between, as hai provider key prints them.');
  }
}

export function endpointName(text: string): string {
  if (!isEndpointName(text)) throw new InvalidArgumentError('Words of a-z and 0-9 with hyphens between.');
  return text;
}
