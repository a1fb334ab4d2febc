/**
 * The keys of this user's orders: a file an order, since whoever loses an order's content key can never read its result. A
 * train order's file is the model that `hai predict` takes.
 */
import { join } from 'node:path';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { wireWorkOf, workOfWire } from '../../protocol/order/wire-work.ts';
import type { TrainWork } from '../../protocol/order/work.ts';
import type { WireTrainWork } from '../../protocol/wire.ts';
import { Refusal } from './exit-codes.ts';
import {
  type LocalModelFile,
  type OrderKeys,
  type SearchFile,
  searchFileOf,
  searchRaw,
  type TablePredictionFile,
} from './search-files.ts';
import { configFolder, FILE_BYTES_MAX, fileExists, readTextFile, removeFile, writeSecretFile } from './secret-files.ts';

const MODEL_FORMAT = 'hai-model/1';
const PREDICTION_FORMAT = 'hai-prediction/1';

interface OrderFileBase extends OrderKeys {
  readonly target: string;
  /** The target's value of each class. */
  readonly classValues: readonly number[];
}

export interface ModelFile extends OrderFileBase {
  readonly kind: 'model';
  readonly work: TrainWork;
  readonly columns: readonly string[];
}

export interface PredictionFile extends OrderFileBase {
  readonly kind: 'prediction';
  readonly rows: number;
}

export type OrderFile = ModelFile | PredictionFile | SearchFile | TablePredictionFile;
/** Whatever `hai predict` takes. */
export type AnyModelFile = ModelFile | SearchFile | LocalModelFile;

function textOf(file: OrderFile | LocalModelFile): string {
  return `${JSON.stringify(rawOf(file), undefined, 2)}\n`;
}

function rawOf(file: OrderFile | LocalModelFile): Raw {
  if (file.kind !== 'model' && file.kind !== 'prediction') return searchRaw(file);
  const { order, url, genesis, target, classValues } = file;
  const common = { order, url, genesis, contentKey: bytesToHex(file.contentKey), target, classValues };
  return file.kind === 'model'
    ? { format: MODEL_FORMAT, ...common, columns: file.columns, work: wireWorkOf(file.work) }
    : { format: PREDICTION_FORMAT, ...common, rows: file.rows };
}

type Raw = Record<string, unknown>;
const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
const isListOf = (value: unknown, type: 'string' | 'number'): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === type);

function isTrainWork(value: unknown): value is WireTrainWork {
  const work = (value ?? {}) as Raw;
  const counts = ['rows', 'features', 'hidden', 'classes', 'epochs', 'batch'].every((name) => isCount(work[name]));
  return work.kind === 'train' && counts && typeof work.seed === 'string' && /^\d{1,20}$/.test(work.seed);
}

const isCommon = (raw: Raw): boolean =>
  isHash(raw.order) &&
  isHash(raw.genesis) &&
  isHash(raw.contentKey) &&
  typeof raw.url === 'string' &&
  typeof raw.target === 'string' &&
  isListOf(raw.classValues, 'number');

function fileOf(raw: Raw): OrderFile | LocalModelFile | undefined {
  if (!isCommon(raw)) return searchFileOf(raw);
  const common = { ...(raw as unknown as OrderFileBase), contentKey: hexToBytes(raw.contentKey as string) };
  if (raw.format === MODEL_FORMAT && isTrainWork(raw.work) && isListOf(raw.columns, 'string')) {
    return { ...common, kind: 'model', work: workOfWire(raw.work), columns: raw.columns as string[] };
  }
  if (raw.format === PREDICTION_FORMAT && isCount(raw.rows)) return { ...common, kind: 'prediction', rows: raw.rows };
  return undefined;
}

export function parseOrderFile(text: string, path: string): OrderFile {
  const file = parseFile(text, path);
  if (file.kind === 'local') throw new Refusal(`${path} is not the file of an order`);
  return file;
}

function parseFile(text: string, path: string): OrderFile | LocalModelFile {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    raw = undefined;
  }
  const file = typeof raw === 'object' && raw !== null ? fileOf(raw as Raw) : undefined;
  if (!file) throw new Refusal(`${path} is not the file of an order`);
  return file;
}

export function readModelFile(path: string): ModelFile {
  const file = parseOrderFile(readTextFile(path), path);
  if (file.kind !== 'model') throw new Refusal(`${path} is no model`, 'unknown_model');
  return file;
}

/** The model of a training, a search or a local search. */
export function readAnyModelFile(path: string): AnyModelFile {
  const file = parseFile(readTextFile(path, FILE_BYTES_MAX.weights), path);
  if (file.kind === 'model' || file.kind === 'search' || file.kind === 'local') return file;
  throw new Refusal(`${path} is no model`, 'unknown_model');
}

export function writeModelFile(path: string, file: AnyModelFile, replace: boolean): void {
  writeSecretFile(path, textOf(file), replace);
}

/** One file an order, below the configuration folder. */
export class OrderFiles {
  readonly #folder: string;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#folder = join(configFolder(env), 'orders');
  }

  /** An id may have come from a network: it must not name another file. */
  #path(order: string): string {
    if (!isHash(order)) throw new Refusal(`not the id of an order: ${JSON.stringify(order)}`);
    return join(this.#folder, `${order}.json`);
  }

  write(file: OrderFile): void {
    writeSecretFile(this.#path(file.order), textOf(file), true);
  }

  has(order: string): boolean {
    return fileExists(this.#path(order));
  }

  read(order: string): OrderFile {
    const path = this.#path(order);
    if (!fileExists(path)) throw new Refusal(`the key of order ${order} is not in ${this.#folder}`, 'grant_missing');
    return parseOrderFile(readTextFile(path), path);
  }

  remove(order: string): void {
    removeFile(this.#path(order));
  }
}
