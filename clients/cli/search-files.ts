/** Files of searches and of predictions by their models: what order-files.ts stores of them, and how it is read again. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { type ReadAs, readAsIn } from '../../ml/table/read-as.ts';
import { wireWorkOf, workOfWire } from '../../protocol/order/wire-work.ts';
import type { SearchWork } from '../../protocol/order/work.ts';
import type { WireSearchWork } from '../../protocol/wire.ts';

export const SEARCH_FORMAT = 'hai-search/1';
export const TABLE_PREDICTION_FORMAT = 'hai-table-prediction/1';

/** What finds an order and opens its result. */
export interface OrderKeys {
  readonly order: string;
  readonly url: string;
  /** Genesis of the order's network, hex. */
  readonly genesis: string;
  readonly contentKey: Uint8Array;
}

export interface SearchFile extends OrderKeys {
  readonly kind: 'search';
  readonly work: SearchWork;
  readonly target: string;
  /** Words of ml/search, as they travelled in the sealed payload. */
  readonly task: string;
  readonly metric: string;
  readonly families: readonly string[];
  /** How its table was read; absent in files from before that was noted. */
  readonly read?: ReadAs;
  /** Canonical bytes (ml/bundle), once they were fetched: with them the file needs no network. */
  readonly bundle?: Uint8Array;
}

/** A model of `hai train --local`: nobody else has it. */
export interface LocalModelFile {
  readonly kind: 'local';
  readonly target: string;
  readonly metric: string;
  readonly read?: ReadAs;
  readonly bundle: Uint8Array;
}

export interface TablePredictionFile extends OrderKeys {
  readonly kind: 'tablePrediction';
  readonly target: string;
  /** Empty where values are predicted. */
  readonly classes: readonly string[];
  readonly rows: number;
}

type Raw = Record<string, unknown>;

const keysOf = ({ order, url, genesis, contentKey }: OrderKeys) => ({
  order,
  url,
  genesis,
  contentKey: bytesToHex(contentKey),
});

export function searchRaw(file: SearchFile | LocalModelFile | TablePredictionFile): Raw {
  if (file.kind === 'tablePrediction') {
    const { target, classes, rows } = file;
    return { format: TABLE_PREDICTION_FORMAT, ...keysOf(file), target, classes, rows };
  }
  const { target, metric, read, bundle } = file;
  const packed = { ...(read ? { read } : {}), ...(bundle ? { bundle: base64.encode(bundle) } : {}) };
  if (file.kind === 'local') return { format: SEARCH_FORMAT, target, metric, ...packed };
  const { task, families, work } = file;
  return { format: SEARCH_FORMAT, ...keysOf(file), target, task, metric, families, work: wireWorkOf(work), ...packed };
}

const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const isNumberText = (value: unknown): boolean => isText(value) && /^\d{1,20}$/.test(value);

function isSearchWork(value: unknown): value is WireSearchWork {
  const work = (value ?? {}) as Raw;
  const counts = ['rows', 'columns', 'classes', 'trials', 'folds', 'rowCycles'].every((name) => isCount(work[name]));
  const isNumbered = isNumberText(work.budget) && isNumberText(work.seed);
  return work.kind === 'search' && counts && typeof work.images === 'boolean' && isNumbered;
}

function keysIn(raw: Raw): OrderKeys | undefined {
  const { order, url, genesis, contentKey } = raw;
  if (!isHash(order) || !isHash(genesis) || !isHash(contentKey) || !isText(url)) return undefined;
  return { order, url, genesis, contentKey: hexToBytes(contentKey) };
}

function bytesIn(text: unknown): Uint8Array | undefined {
  try {
    return isText(text) ? base64.decode(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined for what is none of these files. */
export function searchFileOf(raw: Raw): SearchFile | LocalModelFile | TablePredictionFile | undefined {
  if (!isText(raw.target)) return undefined;
  const { target } = raw;
  const keys = keysIn(raw);
  if (raw.format === TABLE_PREDICTION_FORMAT && keys && isCount(raw.rows) && isTexts(raw.classes)) {
    return { kind: 'tablePrediction', ...keys, target, classes: raw.classes, rows: raw.rows };
  }
  if (raw.format !== SEARCH_FORMAT || !isText(raw.metric)) return undefined;
  const { metric } = raw;
  const bundle = bytesIn(raw.bundle);
  if (raw.bundle !== undefined && !bundle) return undefined;
  const read = readAsIn(raw.read);
  if (raw.read !== undefined && !read) return undefined;
  const noted = read ? { read } : {};
  if (raw.order === undefined) return bundle && { kind: 'local', target, metric, ...noted, bundle };
  const { task, families, work } = raw;
  if (!keys || !isSearchWork(work) || !isText(task) || !isTexts(families)) return undefined;
  const said = { target, task, metric, families, work: workOfWire(work) };
  return { kind: 'search', ...keys, ...said, ...noted, ...(bundle ? { bundle } : {}) };
}
