/** What the log's key may sign: heads of the final headers alone, so that no two of them contradict each other. */
import { equalBytes } from '../../protocol/hash.ts';
import { logOrigin, parseHeadText } from '../../protocol/log/checkpoint.ts';
import { EMPTY_LOG, type LogFrontier, logRoot, withLeaf } from '../../protocol/log/frontier.ts';
import { leafHash } from '../../protocol/merkle.ts';
import type { TestNetwork } from '../support/network.ts';
import type { World } from './world.ts';

export class LogWatch {
  readonly #world: World;
  readonly #network: TestNetwork;
  /** By size, of the headers that D1 took. */
  readonly #roots: Uint8Array[] = [logRoot(EMPTY_LOG)];
  #frontier: LogFrontier = EMPTY_LOG;
  /** Leaves of the largest head that was signed. */
  largest = 0n;

  constructor(world: World, network: TestNetwork) {
    this.#world = world;
    this.#network = network;
  }

  get height(): number {
    return this.#roots.length - 1;
  }

  /** The first time that a block of its height lands. */
  onBlock(header: Uint8Array): void {
    this.#frontier = withLeaf(this.#frontier, leafHash(header));
    this.#roots.push(logRoot(this.#frontier));
  }

  onSignature(publicKey: Uint8Array, message: Uint8Array): void {
    if (!equalBytes(publicKey, this.#network.genesis.logKey)) return;
    const head = parseHeadText(new TextDecoder().decode(message));
    const root = head && this.#roots[Number(head.size)];
    if (!head || !root || head.origin !== logOrigin(this.#network.hash) || !equalBytes(root, head.root)) {
      this.#world.violated(`the log signed a head that is not of the final headers: ${head?.size}`);
      return;
    }
    if (head.size > this.largest) this.largest = head.size;
  }

  atEnd(): void {
    if (this.largest !== BigInt(this.height)) {
      this.#world.violated(`the log ends at ${this.largest}, the chain at ${this.height}`);
    }
  }
}
