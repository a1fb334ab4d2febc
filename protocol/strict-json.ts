/**
 * JSON that people write and machines act on: every field is known, none is missing, and none is there twice. What is wrong is
 * named by its path, like `allocations[1].vesting.lock`.
 */

/** Thrown while a file is read, and turned into a `Failure` by whoever reads it. */
export class FileFault extends Error {
  override name = 'FileFault';
  /** Empty for the file as a whole. */
  readonly path: string;

  constructor(path: string, problem: string) {
    super(problem);
    this.path = path;
  }
}

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

interface Frame {
  readonly path: string;
  /** Names so far; undefined in a list. */
  readonly names: Set<string> | undefined;
  /** The name or the index of what comes next. */
  at: string | number;
  isName: boolean;
}

const pathIn = ({ path, names, at }: Frame): string => (names ? below(path, String(at)) : `${path}[${at}]`);

/** JSON.parse keeps the last of two fields of one name and says nothing. `text` is JSON. */
function refuseDuplicates(text: string): void {
  const frames: Frame[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g)) {
    const frame = frames.at(-1);
    if (token === '{' || token === '[') {
      const isObject = token === '{';
      const path = frame ? pathIn(frame) : '';
      frames.push({ path, names: isObject ? new Set() : undefined, at: isObject ? '' : 0, isName: isObject });
    } else if (!frame) {
      return;
    } else if (token === '}' || token === ']') {
      frames.pop();
    } else if (token === ',') {
      if (frame.names) frame.isName = true;
      else frame.at = Number(frame.at) + 1;
    } else if (token === ':') {
      frame.isName = false;
    } else if (frame.names && frame.isName) {
      frame.at = JSON.parse(token) as string;
      if (frame.names.has(frame.at)) throw new FileFault(pathIn(frame), 'is there twice');
      frame.names.add(frame.at);
    }
  }
}

/** A file that people write is some kilobytes long. The search for fields that are there twice takes longer than the parsing. */
const TEXT_CHARS_MAX = 65_536;

/** The value of a text. Throws FileFault. */
export function parseStrictJson(text: string): unknown {
  if (text.length > TEXT_CHARS_MAX) throw new FileFault('', `${text.length} characters, at most ${TEXT_CHARS_MAX}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FileFault('', `not JSON: ${(error as Error).message}`);
  }
  refuseDuplicates(text);
  return value;
}

/** A field that may stand in any object and tells people why the rest is as it is. */
const REMARK = 'why';

/** A value of a file, with its path. Every reader throws FileFault. */
export class FileValue {
  readonly path: string;
  readonly #value: unknown;

  constructor(value: unknown, path = '') {
    this.path = path;
    this.#value = value;
  }

  fault(problem: string): never {
    throw new FileFault(this.path, problem);
  }

  get isNull(): boolean {
    return this.#value === null;
  }

  /** `parse` gives undefined for a text that is none of the kind; `what` names the kind. */
  text<T>(what: string, parse: (text: string) => T | undefined): T {
    const parsed = typeof this.#value === 'string' ? parse(this.#value) : undefined;
    return parsed === undefined ? this.fault(`is not ${what}`) : parsed;
  }

  oneOf<T extends string>(names: readonly T[]): T {
    return this.text(`one of ${names.join(', ')}`, (text) => names.find((name) => name === text));
  }

  integer(low: number, high: number): number {
    const value = this.#value;
    const isIn = typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;
    return isIn ? value : this.fault(`is not an integer from ${low} to ${high}`);
  }

  list(most: number): FileValue[] {
    if (!Array.isArray(this.#value)) this.fault('is not a list');
    const list = this.#value as unknown[];
    if (list.length > most) this.fault(`has ${list.length} entries, at most ${most}`);
    return list.map((value, i) => new FileValue(value, `${this.path}[${i}]`));
  }

  /** Exactly these fields, and a remark. Those in `optional` may be missing. */
  fields<K extends string, O extends string = never>(
    required: readonly K[],
    optional: readonly O[] = [],
  ): Record<K, FileValue> & Partial<Record<O, FileValue>> {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fault('is not an object');
    const object = value as Record<string, unknown>;
    const known: ReadonlySet<string> = new Set([...required, ...optional, REMARK]);
    for (const name of Object.keys(object)) {
      if (!known.has(name)) throw new FileFault(below(this.path, name), 'is not known');
    }
    const found: Record<string, FileValue> = {};
    for (const name of [...required, ...optional]) {
      if (Object.hasOwn(object, name)) found[name] = new FileValue(object[name], below(this.path, name));
    }
    const missing = required.find((name) => !found[name]);
    if (missing !== undefined) throw new FileFault(below(this.path, missing), 'is missing');
    if (Object.hasOwn(object, REMARK) && typeof object[REMARK] !== 'string') {
      throw new FileFault(below(this.path, REMARK), 'is not a text');
    }
    return found as Record<K, FileValue> & Partial<Record<O, FileValue>>;
  }
}
