/** The tree in pages against the plain tree: the same roots, proofs and leaves, whatever is written in whatever order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PagedTree, type PageShape, ROOT_PAGE } from '../../../durable-objects/region/sequencer/paged-tree.ts';
import { DamagedTreeError, Page, PageWriter } from '../../../durable-objects/region/sequencer/tree-page.ts';
import { leaf, type Root, type StateTree } from '../../../protocol/state/node.ts';
import { proveKey } from '../../../protocol/state/proof.ts';
import { setLeaves, treeRoot, UncoveredKeyError } from '../../../protocol/state/tree.ts';
import { plainMap, treeKey, treeWrite, type Write } from '../../support/tree-writes.ts';

const shapes: fc.Arbitrary<PageShape> = fc.record({
  bits: fc.constantFrom(1, 3, 5, 8),
  inlineLeaves: fc.constantFrom(1, 2, 4),
});
const blocks = fc.array(fc.array(treeWrite, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 12 });

const leavesOf = (writes: readonly Write[]) => plainMap(writes).map(({ key, value, sum }) => leaf(key, value, sum));

const rootOf = (tree: StateTree): Root => {
  const { hash, sum } = treeRoot(tree);
  return { hash, sum };
};

interface Stored {
  readonly pages: Map<number, Uint8Array>;
  readonly root: Root | undefined;
}

function written({ pages, root }: Stored, writes: readonly Write[], shape: PageShape): Stored {
  const paged = new PagedTree({ page: (page) => pages.get(page) }, root, shape);
  const leaves = leavesOf(writes);
  const keys = leaves.map(({ key }) => key);
  const tree = setLeaves(paged.open(paged.root, keys), leaves);
  return { pages: new Map([...pages, ...paged.changedPages(tree)]), root: rootOf(tree) };
}

const EMPTY: Stored = { pages: new Map(), root: undefined };

describe('the tree in pages', () => {
  it('has the root of the plain tree after each block, and proves every key alike', () => {
    fc.assert(
      fc.property(blocks, shapes, fc.array(treeKey, { maxLength: 8 }), (sequence, shape, asked) => {
        let stored = EMPTY;
        let plain: StateTree;
        for (const writes of sequence) {
          stored = written(stored, writes, shape);
          plain = setLeaves(plain, leavesOf(writes));
          expect(stored.root).toEqual(rootOf(plain));
        }
        const paged = new PagedTree({ page: (page) => stored.pages.get(page) }, stored.root, shape);
        const keys = [...asked, ...sequence.flat().map(({ key }) => key)];
        const all = paged.open(paged.root, keys);
        for (const key of keys) {
          expect(proveKey(all, key)).toEqual(proveKey(plain, key));
          // One path alone, and the path in two steps, are as good.
          expect(proveKey(paged.open(paged.root, [key]), key)).toEqual(proveKey(plain, key));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('neither opens nor writes nodes of another tree, over the same pages even', () => {
    const shape = { bits: 8, inlineLeaves: 1 };
    const writes = Array.from({ length: 8 }, (_, n) => ({ key: key32(n * 32), value: key32(9), sum: 1n }));
    const { pages, root } = written(EMPTY, writes, shape);
    const over = () => new PagedTree({ page: (page) => pages.get(page) }, root, shape);
    const [own, another] = [over(), over()];
    const opened = another.open(another.root, [key32(0)]);
    expect(() => own.open(another.root, [key32(0)])).toThrow('a stub that no page was read for');
    expect(() => own.changedPages(opened)).toThrow('a stub of another tree');
    expect(another.changedPages(opened).size).toBe(0);
  });

  it('keeps many keys that were made to share 41 bits apart from the page of those that share fewer', () => {
    const shape = { bits: 8, inlineLeaves: 4 };
    // Bits 0 to 40 alike; the next eight differ.
    const close = Array.from({ length: 64 }, (_, n) => key32(1).map((byte, i) => (i === 5 ? n : i < 5 ? 0xab : byte)));
    const others = [0xaa, 0xac].map((low) => key32(1).map((byte, i) => (i === 4 ? low : i < 4 ? 0xab : byte)));
    const stored = written(
      EMPTY,
      [...close, ...others].map((key) => ({ key, value: key32(9), sum: 1n })),
      shape,
    );
    const sizes = [...stored.pages.values()].map((page) => page.length);
    // One page has the 64 leaves; what is above it names it.
    expect(sizes.filter((size) => size > 64 * 73)).toHaveLength(1);
    expect(Math.max(...stored.pages.keys())).toBeLessThan(2 ** 48);
    const paged = new PagedTree({ page: (page) => stored.pages.get(page) }, stored.root, shape);
    const [key = key32(0)] = others;
    const tree = setLeaves(paged.open(paged.root, [key]), [leaf(key, key32(8), 1n)]);
    for (const page of paged.changedPages(tree).values()) expect(page.length).toBeLessThan(1_000);
  });

  it('refuses what no path was opened for', () => {
    const stored = written(
      EMPTY,
      [1, 2, 3].map((n) => ({ key: key32(n), value: key32(9), sum: 1n })),
      { bits: 1, inlineLeaves: 1 },
    );
    const paged = new PagedTree({ page: (page) => stored.pages.get(page) }, stored.root);
    expect(() => proveKey(paged.root, key32(1))).toThrow(UncoveredKeyError);
    expect(() => setLeaves(paged.root, [leaf(key32(4), key32(9), 1n)])).toThrow(UncoveredKeyError);
  });

  it('writes nothing where nothing changed', () => {
    const writes = [1, 2, 3].map((n) => ({ key: key32(n), value: key32(9), sum: 1n }));
    const stored = written(EMPTY, writes, { bits: 8, inlineLeaves: 4 });
    const paged = new PagedTree({ page: (page) => stored.pages.get(page) }, stored.root);
    const tree = paged.open(
      paged.root,
      writes.map(({ key }) => key),
    );
    expect(paged.changedPages(tree).size).toBe(0);
    expect(paged.changedPages(setLeaves(tree, [leaf(key32(1), key32(8), 1n)])).size).toBe(1);
  });

  it('refuses every page of which one byte is another, as soon as that part is opened', () => {
    const writes = Array.from({ length: 12 }, (_, n) => ({ key: spread(n), value: key32(n), sum: BigInt(n) }));
    const shape = { bits: 2, inlineLeaves: 1 };
    const { pages, root } = written(EMPTY, writes, shape);
    const keys = writes.map(({ key }) => key);
    expect(pages.size).toBeGreaterThan(2);
    for (const [page, bytes] of pages) {
      for (let at = 0; at < bytes.length; at++) {
        const damaged = bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
        const source = { page: (one: number) => (one === page ? damaged : pages.get(one)) };
        const paged = new PagedTree(source, root, shape);
        expect(() => paged.open(paged.root, keys), `page ${page}, byte ${at}`).toThrow(DamagedTreeError);
      }
    }
  });

  it('refuses a page that is missing, and one that is nothing but itself', () => {
    const { pages, root } = written(EMPTY, [{ key: key32(1), value: key32(2), sum: 3n }], { bits: 8, inlineLeaves: 4 });
    const open = (page: Uint8Array | undefined) => {
      const paged = new PagedTree({ page: () => page }, root);
      return () => paged.open(paged.root, [key32(1)]);
    };
    expect(open(pages.get(ROOT_PAGE))()).toMatchObject({ kind: 'leaf' });
    expect(open(undefined)).toThrow(DamagedTreeError);
    const itself = new PageWriter();
    itself.page(ROOT_PAGE, root as Root);
    expect(open(itself.done())).toThrow(DamagedTreeError);
    // Two branches, each in the page that the other names: nothing is hashed before both are read.
    const circle = new PageWriter();
    circle.branch(
      0,
      root as Root,
      () => circle.page(1, root as Root),
      () => circle.page(1, root as Root),
    );
    expect(open(circle.done())).toThrow(DamagedTreeError);
    for (const bytes of [[], [3], [0, 1], [1, 2, 3]]) {
      expect(() => new Page(Uint8Array.from(bytes)).kindOf(0, bytes.length)).toThrow(DamagedTreeError);
    }
  });
});

it('a page does not say how many leaves are below branches that do not go down', () => {
  const writer = new PageWriter();
  const root = { hash: key32(1), sum: 0n };
  const leafBelow = () => writer.leaf(leaf(key32(2), key32(3), 0n));
  const nested = (depth: number): void => {
    if (depth > 0) writer.branch(7, root, () => nested(depth - 1), leafBelow);
    else leafBelow();
  };
  nested(1);
  const sound = new Page(writer.done());
  expect(sound.leavesIn(0, sound.bytes.length, 9)).toBe(2);
  nested(2);
  const page = new Page(writer.done());
  expect(() => page.leavesIn(0, page.bytes.length, 9)).toThrow(DamagedTreeError);
});

function key32(n: number): Uint8Array {
  const key = new Uint8Array(32);
  key[31] = n;
  return key;
}

/** Keys that part in their first bits. */
const spread = (n: number): Uint8Array => key32(n).map((byte, i) => (i === 0 ? (n * 37) & 255 : byte));
