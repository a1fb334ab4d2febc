/** A question about the ledger's health is answered as sealing would decide. */
import { expect, test } from 'vitest';
import { taggedHash } from '../../../protocol/hash.ts';
import { ledgerFault } from '../../../protocol/seal/ledger-fault.ts';
import type { Place, StagedBlock } from '../../../protocol/seal/stage.ts';

const hashOf = (name: string) => taggedHash('test', new TextEncoder().encode(name));
const place = (height: bigint, name: string): Place => ({ height, hash: hashOf(name) });
/** No more of a block is looked at than its place and its parent. */
const staged = (height: bigint, name: string, parent: string): StagedBlock =>
  ({ ...place(height, name), parent: hashOf(parent), block: null }) as unknown as StagedBlock;
const four = place(4n, 'four');
const onFour = staged(5n, 'five', 'four');

test.each<[string, Place | undefined, StagedBlock | undefined, Place, string | undefined, RegExp | undefined]>([
  ['of a new object is sound', undefined, undefined, place(0n, 'genesis'), undefined, undefined],
  ['that ends at the mark is sound', four, undefined, four, undefined, undefined],
  ['that a stage extends is sound', four, onFour, four, undefined, undefined],
  ['that ends with the stage is sound', four, onFour, place(5n, 'five'), 'four', undefined],
  ['that has grown meanwhile is sound', four, onFour, place(7n, 'seven'), 'four', undefined],
  ['that ends below the mark was put back', four, undefined, place(3n, 'three'), undefined, /ends at 3, block 4 was/],
  ['that the stage does not reach was put back', undefined, onFour, place(3n, 'three'), undefined, /block 5 is staged/],
  ['with another block at the mark was put back', four, undefined, place(6n, 'six'), 'other', /another block than/],
  ['with no block at the mark was put back', four, onFour, place(6n, 'six'), undefined, /another block than/],
])('a ledger %s', (_, mark, stage, tip, held, fault) => {
  const found = ledgerFault({ stage, mark }, tip, held === undefined ? undefined : hashOf(held));
  if (fault) expect(found).toMatch(fault);
  else expect(found).toBeUndefined();
});
