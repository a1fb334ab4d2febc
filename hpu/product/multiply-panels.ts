/** The product of packed panels by the way that is fastest for its size; all ways give the same bits. */
import type { ProductUnit } from './panels.ts';
import { multiplyByStrassen, strassenScratch } from './strassen.ts';

/** Addresses of packed A, packed B, C with whole panels, and scratch (0: none). */
export type PanelAddresses = {
  readonly packed: number;
  readonly weightsAt: number;
  readonly out: number;
  readonly scratch: number;
};

/** Takes what the product of that many panels needs beside its operands. 0 when it needs nothing or the arena has no room. */
export function takeScratch({ arena, quarters }: ProductUnit, mPanels: number, steps: number, nPanels: number): number {
  const bytes = quarters ? strassenScratch({ mPanels, pairs: steps, nPanels }) : 0;
  return bytes > 0 && bytes <= arena.room ? arena.take(bytes) : 0;
}

/** `scratch` was taken for at least as many panels of A. */
export function multiplyPanels(
  { wasm, quarters }: ProductUnit,
  { packed, weightsAt, out, scratch }: PanelAddresses,
  mPanels: number,
  steps: number,
  nPanels: number,
): void {
  if (!quarters || scratch === 0) wasm.multiply(packed, weightsAt, out, mPanels, steps, nPanels);
  else multiplyByStrassen(quarters, { a: packed, b: weightsAt, c: out, scratch }, { mPanels, pairs: steps, nPanels });
}
