/**
 * The searches that were ordered in this tab, each with its content key: whoever loses that has paid for a model that nobody can
 * open. sessionStorage holds them as it holds the account (wallet.ts): over a reload, gone with the tab, never sent.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { METRICS } from '../../../ml/metrics/metrics.ts';
import type { Metric } from '../../../ml/search/search.ts';
import { type ReadAs, readAsIn } from '../../../ml/table/read-as.ts';
import { wireWorkOf, workOfWire } from '../../../protocol/order/wire-work.ts';
import type { SearchWork } from '../../../protocol/order/work.ts';
import type { WireSearchWork } from '../../../protocol/wire.ts';
import { KEPT_KEY } from './kept-key.ts';

export interface KeptSearch {
  /** Id of the order. */
  readonly order: string;
  /** Of the order's network, hex. */
  readonly genesis: string;
  readonly contentKey: Uint8Array;
  readonly work: SearchWork;
  readonly metric: Metric;
  /** Name of the visitor's file. */
  readonly file: string;
  /** Name of the column to predict; empty for clusters. */
  readonly target: string;
  /** How the table was read, so that rows to predict are read in the same way. Earlier builds of the page did not keep it. */
  readonly read?: ReadAs;
  /** Its model was seen: nothing is left to wait for. */
  readonly isFound: boolean;
}

/** More than anybody orders in one tab; the oldest goes then. */
export const KEPT_MAX = 64;

export type KeptSearches = ReturnType<typeof keptSearches>;

/** Reads and writes the storage at each call: what it says is what a reload would find. */
export function keptSearches(storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>) {
  const all = (): KeptSearch[] => parse(storage.getItem(KEPT_KEY));
  const others = (order: string): KeptSearch[] => all().filter((one) => one.order !== order);
  const write = (kept: readonly KeptSearch[]): void => {
    if (kept.length === 0) storage.removeItem(KEPT_KEY);
    else storage.setItem(KEPT_KEY, JSON.stringify(kept.map(rawOf)));
  };
  return {
    /** Those of one network, the newest first. */
    at: (genesis: string): KeptSearch[] => all().filter((one) => one.genesis === genesis),
    /** In place of what was kept of the same order. Throws where the browser refuses: then the order must not be sent. */
    keep: (search: KeptSearch): void => write([search, ...others(search.order)].slice(0, KEPT_MAX)),
    forget: (order: string): void => write(others(order)),
  };
}

const rawOf = ({ contentKey, work, ...search }: KeptSearch): object => ({
  ...search,
  contentKey: bytesToHex(contentKey),
  work: wireWorkOf(work),
});

/** Another build of the page may have written it: what this one can't read is left out. */
function parse(text: string | null): KeptSearch[] {
  if (text === null) return [];
  try {
    return (JSON.parse(text) as unknown[]).flatMap((raw) => searchOf(raw) ?? []);
  } catch {
    return [];
  }
}

type Raw = { readonly [name in keyof KeptSearch]?: unknown };

const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isMetric = (value: unknown): value is Metric => (Object.values(METRICS).flat() as unknown[]).includes(value);

function searchOf(value: unknown): KeptSearch | undefined {
  const { order, genesis, contentKey, work, metric, file, target, read, isFound } = (value ?? {}) as Raw;
  if (!isHash(order) || !isHash(genesis) || !isHash(contentKey) || !isMetric(metric)) return undefined;
  if (typeof file !== 'string' || typeof target !== 'string' || !isSearchWork(work)) return undefined;
  // Its key opens the model whether or not this can be read.
  const readAs = readAsIn(read);
  const said = { metric, file, target, ...(readAs ? { read: readAs } : {}), isFound: isFound === true };
  return { order, genesis, contentKey: hexToBytes(contentKey), work: workOfWire(work), ...said };
}

function isSearchWork(value: unknown): value is WireSearchWork {
  const work = (value ?? {}) as { readonly [name in keyof WireSearchWork]?: unknown };
  const counts = [work.rows, work.columns, work.classes, work.trials, work.folds, work.rowCycles];
  const texts = [work.budget, work.seed];
  return (
    work.kind === 'search' &&
    counts.every(Number.isSafeInteger) &&
    texts.every((text) => typeof text === 'string' && /^\d{1,20}$/.test(text)) &&
    typeof work.images === 'boolean'
  );
}
