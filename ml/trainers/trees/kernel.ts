/**
 * One instance of trees.wasm. Operations take addresses in its memory. A fit leaves its rows and trees there between two calls of
 * `advance`; so whoever wants the memory claims it, and the owner before saves what it still needs.
 */
import { Arena, aligned } from '../../../hpu/arena.ts';

type TreeExports = {
  memory: WebAssembly.Memory;
  heapBase(): number;
  codeColumn(
    values: number,
    rows: number,
    items: number,
    spare: number,
    codes: number,
    lows: number,
    highs: number,
    codesMax: number,
    wide: boolean,
  ): number;
  beginTree(grove: number, growth: number, tree: number, bootstrap: boolean): void;
  weighRows(grove: number, tree: number, bootstrap: boolean): void;
  growTree(grove: number, growth: number, operations: number): boolean;
  drawSample(sample: number, rows: number, limit: number, round: number, key0: number, key1: number): void;
  drawColumns(out: number, cols: number, used: number, tree: number, key0: number, key1: number): void;
  largestResidual(margins: number, y: number, rows: number): number;
  squaredPairs(pairs: number, margins: number, y: number, rows: number, sample: number, scale: number): number;
  logisticPairs(
    pairs: number,
    margins: number,
    labels: number,
    rows: number,
    sample: number,
    scaleG: number,
    scaleH: number,
  ): number;
  softmaxShares(shares: number, margins: number, labels: number, rows: number, classes: number): number;
  softmaxPairs(
    pairs: number,
    shares: number,
    labels: number,
    rows: number,
    k: number,
    sample: number,
    scaleG: number,
    scaleH: number,
  ): void;
  beginBoost(booster: number): void;
  growBoost(booster: number): boolean;
  addLeaves(booster: number, margins: number): void;
  addMargins(
    nodes: number,
    roots: number,
    trees: number,
    sets: number,
    x: number,
    rows: number,
    cols: number,
    margins: number,
    stride: number,
  ): void;
  addValues(
    nodes: number,
    roots: number,
    trees: number,
    sets: number,
    x: number,
    rows: number,
    cols: number,
    sums: number,
  ): void;
  addShares(
    nodes: number,
    roots: number,
    trees: number,
    sets: number,
    x: number,
    rows: number,
    cols: number,
    sums: number,
    classes: number,
    tables: number,
  ): void;
};

/** Within the 40 MiB that a module may grow to. */
export const TREE_SCRATCH_BYTES_MAX = 36 << 20;

/** Whoever holds the memory. `evict` is called once, before another claims it: save now, load again when needed. */
export interface Tenant {
  evict(): void;
}

export type TreeKernel = {
  readonly wasm: TreeExports;
  readonly arena: Arena;
  /** Makes `tenant` the owner. False if it was already, and its memory is as it left it; else the arena is empty. */
  claim(tenant: Tenant): boolean;
  /** The owner no longer needs the memory. */
  release(tenant: Tenant): void;
};

export function createTreeKernel(module: WebAssembly.Module): TreeKernel {
  const wasm = new WebAssembly.Instance(module, {}).exports as unknown as TreeExports;
  const arena = new Arena(wasm.memory, aligned(wasm.heapBase()), TREE_SCRATCH_BYTES_MAX);
  let owner: Tenant | undefined;
  return {
    wasm,
    arena,
    claim(tenant) {
      if (owner === tenant) return false;
      owner?.evict();
      owner = tenant;
      arena.reset();
      return true;
    },
    release(tenant) {
      if (owner === tenant) owner = undefined;
    },
  };
}
