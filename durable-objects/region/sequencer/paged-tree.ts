/**
 * The state tree as it is stored: in pages, of which an update reads and writes only those on the paths of what it touches. In
 * memory stands a partial tree, stubs where nobody asked, which protocol/state/tree.ts reads and changes as any other.
 *
 * A branch at bit b stands in the page of level floor(b / PAGE_BITS) * PAGE_BITS and of the first `level` bits of its keys. What is
 * billed is rows written, so a subtree of few leaves stays in the page above it, and pages are as wide as their bytes allow.
 */
import { equalBytes } from '../../../protocol/hash.ts';
import {
  areAsStated,
  type Branch,
  leaf,
  type Root,
  type StateNode,
  type StateTree,
  statedBranch,
  stub,
  withSides,
} from '../../../protocol/state/node.ts';
import { bitAt } from '../../../protocol/state/tree.ts';
import { DamagedTreeError, leavesIn, PageWriter, type Part, readPart } from './tree-page.ts';

export interface PageShape {
  /** Bits of a key that a page is over. */
  readonly bits: number;
  /** A subtree of no more leaves has no page of its own. */
  readonly inlineLeaves: number;
}

/**
 * By measurement, of 2,000 leaves written at once (1,000 transfers) in a tree of 10^4, 10^5 and 10^6: 257, 378 and 2,226 pages of
 * 1, 11 and 9 MiB. Six bits wide they are 342, 1,629 and 2,685 pages; ten bits, as many bytes in more rows below 10^6; with pages
 * of their own for subtrees of two to four leaves, 1,787 at 10^5. `npm run bench -- state` measures what was chosen.
 */
export const PAGE_SHAPE: PageShape = { bits: 8, inlineLeaves: 4 };

/**
 * Below the last such level everything stays in one page: a page's number is to be exact. 17,000 leaves would have to share 48 bits
 * of their hashed keys before a page passed the 2 MB of a row, some 2^62 hashes.
 */
const PREFIX_BITS_MAX = 40;
const LEVEL_FACTOR = 2 ** PREFIX_BITS_MAX;

export const ROOT_PAGE = 0;

const ANOTHER_NODE = 'a page holds another node than the tree has there';

export interface PageSource {
  page(page: number): Uint8Array | undefined;
}

/** Where the bytes of a node that did not change are: in the page that it is in, and, at the top of a page, under which number. */
class Origin {
  readonly tree: PagedTree;
  readonly bytes: Uint8Array | undefined;
  readonly page: number | undefined;

  constructor(tree: PagedTree, bytes: Uint8Array | undefined, page: number | undefined) {
    this.tree = tree;
    this.bytes = bytes;
    this.page = page;
  }
}

interface Place {
  readonly page: number;
  /** The first bit below the page. */
  readonly end: number;
}

export class PagedTree {
  readonly #source: PageSource;
  readonly #shape: PageShape;
  readonly #writers: PageWriter[] = [];
  #opened = 0;
  /** Branches as a page states them, to be hashed at the end of one `open`: many at once are hashed several times faster. */
  #stated: Branch[] = [];
  /** All of it a stub; undefined for the empty tree. */
  readonly root: StateTree;

  /** `root` is what is trusted of the pages: whatever does not hash to it is refused as it is opened. */
  constructor(source: PageSource, root: Root | undefined, shape: PageShape = PAGE_SHAPE) {
    this.#source = source;
    this.#shape = shape;
    this.root = root && this.#stub(root, undefined, ROOT_PAGE);
  }

  /** Stubs that were opened, in all. */
  get opened(): number {
    return this.#opened;
  }

  /** The same tree, with the paths of these keys in it. */
  open(tree: StateTree, keys: readonly Uint8Array[]): StateTree {
    this.#stated = [];
    const opened = tree && this.#open(tree, keys, -1);
    if (!areAsStated(this.#stated)) throw new DamagedTreeError(ANOTHER_NODE);
    this.#stated = [];
    return opened;
  }

  #open(node: StateNode, keys: readonly Uint8Array[], above: number): StateNode {
    if (keys.length === 0) return node;
    const top = node.kind === 'stub' ? this.#read(node) : node;
    if (top.kind !== 'branch') return top;
    // Nothing is hashed yet: pages that name each other in a circle end here.
    if (top.bit <= above) throw new DamagedTreeError(`a branch at bit ${top.bit} below one at bit ${above}`);
    const low: Uint8Array[] = [];
    const high: Uint8Array[] = [];
    for (const key of keys) (bitAt(key, top.bit) === 0 ? low : high).push(key);
    const left = this.#open(top.left, low, top.bit);
    const right = this.#open(top.right, high, top.bit);
    if (left === top.left && right === top.right) return top;
    return withSides(top, left, right);
  }

  #stub(root: Root, bytes: Uint8Array | undefined, page: number | undefined): StateNode {
    const made = stub(root);
    made.stored = new Origin(this, bytes, page);
    return made;
  }

  /** Undefined for a node that was changed, or is another tree's. */
  #originOf(node: StateNode): Origin | undefined {
    const stored = node.kind === 'leaf' ? undefined : node.stored;
    return stored instanceof Origin && stored.tree === this ? stored : undefined;
  }

  /** A stub's own node, its sides as stubs. */
  #read(closed: StateNode): StateNode {
    const origin = this.#originOf(closed);
    if (!origin) throw new Error('a stub that no page was read for');
    this.#opened += 1;
    const bytes = origin.bytes ?? this.#page(origin.page);
    const part = readPart(bytes);
    // The tree's first branch may stand further down than the root's page reaches.
    if (part.kind === 'page') {
      if (origin.page !== ROOT_PAGE || part.page === ROOT_PAGE)
        throw new DamagedTreeError('a page of nothing but a page');
      return this.#read(this.#same(closed, this.#node(part, bytes)));
    }
    if (part.kind === 'leaf') return this.#same(closed, this.#node(part, bytes));
    const made = this.#same(part, this.#same(closed, this.#branch(part)));
    // No other page names the root's: once there is a branch above its top, that top is like any other node.
    made.stored = new Origin(this, bytes, origin.page === ROOT_PAGE ? undefined : origin.page);
    return made;
  }

  #branch({ bit, hash, left, right }: Extract<Part, { kind: 'branch' }>): Branch {
    const made = statedBranch(hash, bit, this.#node(readPart(left), left), this.#node(readPart(right), right));
    this.#stated.push(made);
    return made;
  }

  #node(part: Part, bytes: Uint8Array): StateNode {
    if (part.kind === 'leaf') return leaf(part.key, part.valueHash, part.sum);
    if (part.kind === 'page') return this.#stub(part, undefined, part.page);
    return this.#stub(part, bytes, undefined);
  }

  #same<T extends StateNode>(expected: Root, made: T): T {
    if (made.sum === expected.sum && equalBytes(made.hash, expected.hash)) return made;
    throw new DamagedTreeError(ANOTHER_NODE);
  }

  #page(page: number | undefined): Uint8Array {
    const bytes = page === undefined ? undefined : this.#source.page(page);
    if (bytes) return bytes;
    throw new DamagedTreeError(`page ${page} is missing`);
  }

  /** The pages in which `tree`, made from opened paths of this one, differs: by number. */
  changedPages(tree: StateTree): Map<number, Uint8Array> {
    const pages = new Map<number, Uint8Array>();
    if (tree && !this.#originOf(tree)) {
      this.#writePage(pages, tree, { page: ROOT_PAGE, end: this.#shape.bits });
    }
    return pages;
  }

  #writePage(pages: Map<number, Uint8Array>, node: StateNode, place: Place): void {
    // The page above is not done yet: it has a writer of its own.
    const writer = this.#writers.pop() ?? new PageWriter();
    this.#write(pages, writer, node, place);
    pages.set(place.page, writer.done());
    this.#writers.push(writer);
  }

  #write(pages: Map<number, Uint8Array>, writer: PageWriter, node: StateNode, place: Place): void {
    if (node.kind === 'leaf') {
      writer.leaf(node);
      return;
    }
    const origin = this.#originOf(node);
    // A node that was the top of this very page may now be further down in it: then its bytes stand here.
    if (origin?.page !== undefined && origin.page !== place.page) writer.page(origin.page, node);
    else if (origin?.bytes) writer.part(origin.bytes);
    else if (node.kind === 'branch') this.#writeChanged(pages, writer, node, place);
    else throw new Error('a stub of another tree');
  }

  #writeChanged(pages: Map<number, Uint8Array>, writer: PageWriter, node: Branch, place: Place): void {
    const isBelow = node.bit >= place.end && levelOf(node.bit, this.#shape.bits) <= PREFIX_BITS_MAX;
    if (isBelow && this.#isLarge(node)) {
      const own = placeOf(node, this.#shape.bits);
      writer.page(own.page, node);
      this.#writePage(pages, node, own);
      return;
    }
    writer.branch(
      node.bit,
      node,
      () => this.#write(pages, writer, node.left, place),
      () => this.#write(pages, writer, node.right, place),
    );
  }

  #isLarge(node: StateNode): boolean {
    return this.#leaves(node, this.#shape.inlineLeaves + 1) > this.#shape.inlineLeaves;
  }

  #leaves(node: StateNode, limit: number): number {
    if (node.kind === 'leaf') return 1;
    const origin = this.#originOf(node);
    if (origin?.page !== undefined) return limit;
    if (origin?.bytes) return leavesIn(origin.bytes, limit);
    if (node.kind !== 'branch') throw new Error('a stub of another tree');
    const left = this.#leaves(node.left, limit);
    return left >= limit ? limit : Math.min(limit, left + this.#leaves(node.right, limit));
  }
}

/** The bits above a page of the branch. */
const levelOf = (bit: number, width: number): number => bit - (bit % width);

/** Of a branch with its own page. The number is exact: a level, and at most PREFIX_BITS_MAX of prefix. */
function placeOf({ bit, key }: Branch, width: number): Place {
  const level = levelOf(bit, width);
  if (!key) throw new Error('a changed branch below which nothing is known');
  let prefix = 0;
  for (let i = 0; i < level; i++) prefix = prefix * 2 + bitAt(key, i);
  return { page: (level / width) * LEVEL_FACTOR + prefix, end: level + width };
}
