/**
 * The state tree as it is stored: in pages, of which an update reads and writes only those on the paths of what it touches. In
 * memory stands a partial tree, stubs where nobody asked, which protocol/state/tree.ts reads and changes as any other.
 *
 * A branch at bit b stands in the page of level floor(b / PAGE_BITS) * PAGE_BITS and of the first `level` bits of its keys. What is
 * billed is rows written, so a subtree of few leaves stays in the page above it, and pages are as wide as their bytes allow.
 */
import type { Hash } from '../../../protocol/hash.ts';
import {
  areAsStated,
  type Branch,
  type Root,
  type StateNode,
  type StateTree,
  type Stub,
  withSides,
} from '../../../protocol/state/node.ts';
import { bitAt, sameRoot } from '../../../protocol/state/tree.ts';
import { DamagedTreeError, Page, PageWriter } from './tree-page.ts';

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
const OF_ANOTHER_TREE = 'a stub of another tree';

export interface PageSource {
  page(page: number): Uint8Array | undefined;
}

/** A node's bytes. `number`: of the page, at its top. */
interface Part {
  readonly page: Page;
  readonly number: number | undefined;
  readonly at: number;
  readonly end: number;
}

/** A part of a page that nobody opened: a branch, or the name of another page. */
class ClosedPart implements Stub, Part {
  readonly kind = 'stub';
  readonly key = undefined;
  readonly number = undefined;
  readonly tree: PagedTree;
  readonly page: Page;
  readonly at: number;
  readonly end: number;

  constructor(tree: PagedTree, page: Page, at: number, end: number) {
    this.tree = tree;
    this.page = page;
    this.at = at;
    this.end = end;
  }

  get hash(): Hash {
    return this.page.hashOf(this.at);
  }

  get sum(): bigint {
    return this.page.sumOf(this.at);
  }
}

/** A branch that is as its page has it. */
class StoredBranch implements Branch {
  readonly kind = 'branch';
  readonly tree: PagedTree;
  readonly page: Page;
  /** Of the page that it is the top of, where others name it by that. */
  readonly number: number | undefined;
  readonly at: number;
  readonly end: number;
  readonly bit: number;
  readonly key: Uint8Array | undefined;
  readonly left: StateNode;
  readonly right: StateNode;

  constructor(tree: PagedTree, { page, number, at, end }: Part, left: StateNode, right: StateNode) {
    this.tree = tree;
    this.page = page;
    // No other page names the root's: once there is a branch above its top, that top is like any other node.
    this.number = number === ROOT_PAGE ? undefined : number;
    this.at = at;
    this.end = end;
    this.bit = page.bitOf(at);
    this.key = left.key ?? right.key;
    this.left = left;
    this.right = right;
  }

  get hash(): Hash {
    return this.page.hashOf(this.at);
  }

  get sum(): bigint {
    return this.page.sumOf(this.at);
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
  /** To be hashed at the end of one `open`: many at once are hashed several times faster. */
  #stated: StoredBranch[] = [];
  /** All of it a stub; undefined for the empty tree. */
  readonly root: StateTree;

  /** `root` is what is trusted of the pages: whatever does not hash to it is refused as it is opened. */
  constructor(source: PageSource, root: Root | undefined, shape: PageShape = PAGE_SHAPE) {
    this.#source = source;
    this.#shape = shape;
    this.root = root && this.#closed(pageNaming(ROOT_PAGE, root), 0);
  }

  /** Branches that were read, in all. */
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
    if (keys.length === 0 || node.kind === 'leaf') return node;
    if (node.kind === 'stub') {
      if (!this.#isClosed(node)) throw new Error('a stub that no page was read for');
      return this.#openPart(node, keys, above);
    }
    const [low, high] = partedAt(node.bit, keys);
    const left = this.#open(node.left, low, node.bit);
    const right = this.#open(node.right, high, node.bit);
    if (left === node.left && right === node.right) return node;
    return this.#isStored(node) ? new StoredBranch(this, node, left, right) : withSides(node, left, right);
  }

  #openPart(part: Part, keys: readonly Uint8Array[], above: number): StateNode {
    const { page, at, end } = part;
    const kind = page.kindOf(at, end);
    if (kind === 'leaf') return page.leaf(at);
    if (kind === 'page') return this.#openPage(part, keys, above);
    this.#opened += 1;
    const bit = page.bitOf(at);
    // Nothing is hashed yet: pages that name each other in a circle end here.
    if (bit <= above) throw new DamagedTreeError(`a branch at bit ${bit} below one at bit ${above}`);
    const [low, high] = partedAt(bit, keys);
    const middle = page.rightOf(at);
    const left = this.#side(page, page.leftOf(at), middle, low, bit);
    const right = this.#side(page, middle, end, high, bit);
    const made = new StoredBranch(this, part, left, right);
    this.#stated.push(made);
    return made;
  }

  #side(page: Page, at: number, end: number, keys: readonly Uint8Array[], above: number): StateNode {
    if (keys.length > 0) return this.#openPart({ page, at, end, number: undefined }, keys, above);
    return page.kindOf(at, end) === 'leaf' ? page.leaf(at) : this.#closed(page, at, end);
  }

  /** The top of the page that is named there. */
  #openPage({ page, number, at }: Part, keys: readonly Uint8Array[], above: number): StateNode {
    const named = page.numberOf(at);
    // The tree's first branch may stand further down than the root's page reaches.
    if (number !== undefined && (number !== ROOT_PAGE || named === ROOT_PAGE))
      throw new DamagedTreeError('a page of nothing but a page');
    const bytes = this.#source.page(named);
    if (!bytes) throw new DamagedTreeError(`page ${named} is missing`);
    const top = this.#openPart({ page: new Page(bytes), at: 0, end: bytes.length, number: named }, keys, above);
    if (!sameRoot(top, { hash: page.hashOf(at), sum: page.sumOf(at) })) throw new DamagedTreeError(ANOTHER_NODE);
    return top;
  }

  #closed(page: Page, at: number, end = page.bytes.length): ClosedPart {
    return new ClosedPart(this, page, at, end);
  }

  #isClosed(node: StateNode): node is ClosedPart {
    return node instanceof ClosedPart && node.tree === this;
  }

  #isStored(node: StateNode): node is StoredBranch {
    return node instanceof StoredBranch && node.tree === this;
  }

  /** The pages in which `tree`, made from opened paths of this one, differs: by number. */
  changedPages(tree: StateTree): Map<number, Uint8Array> {
    const pages = new Map<number, Uint8Array>();
    if (tree && !this.#isClosed(tree) && !this.#isStored(tree)) {
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
    if (node.kind === 'leaf') writer.leaf(node);
    else if (this.#isStored(node)) {
      // A node that was the top of this very page may now be further down in it: then its bytes stand here.
      if (node.number !== undefined && node.number !== place.page) writer.page(node.number, node);
      else writer.part(node.page, node.at, node.end);
    } else if (this.#isClosed(node)) writer.part(node.page, node.at, node.end);
    else if (node.kind === 'branch') this.#writeChanged(pages, writer, node, place);
    else throw new Error(OF_ANOTHER_TREE);
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
    if (this.#isStored(node) && node.number !== undefined) return limit;
    if (this.#isStored(node) || this.#isClosed(node)) return node.page.leavesIn(node.at, node.end, limit);
    if (node.kind !== 'branch') throw new Error(OF_ANOTHER_TREE);
    const left = this.#leaves(node.left, limit);
    return left >= limit ? limit : Math.min(limit, left + this.#leaves(node.right, limit));
  }
}

/** A page of nothing but the name of another. */
function pageNaming(page: number, root: Root): Page {
  const writer = new PageWriter();
  writer.page(page, root);
  return new Page(writer.done());
}

/** Of the keys, those that go left at the bit, and those that go right. */
function partedAt(bit: number, keys: readonly Uint8Array[]): [Uint8Array[], Uint8Array[]] {
  const low: Uint8Array[] = [];
  const high: Uint8Array[] = [];
  for (const key of keys) (bitAt(key, bit) === 0 ? low : high).push(key);
  return [low, high];
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
