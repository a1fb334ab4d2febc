/**
 * What the operator shows: the true log and chain, or others. It has every key of a hosted network, so a second view of it is
 * certified and signed as the first is; what it does not have is the witnesses' keys.
 */
import { certificateOf, encodeCertificate, QUORUM, voteBytes } from '../../protocol/block/certificate.ts';
import { type BlockHeader, decodeHeader, encodeHeader, headerHash } from '../../protocol/block/header.ts';
import { taggedHash } from '../../protocol/hash.ts';
import {
  checkpointNote,
  headBytes,
  headText,
  logNoteKey,
  logOrigin,
  type TreeHead,
} from '../../protocol/log/checkpoint.ts';
import { EMPTY_LOG, logRoot, withLeaf } from '../../protocol/log/frontier.ts';
import { consistencyNodes, proofOfNodes } from '../../protocol/log/make-proof.ts';
import { decodeEntries, nodesInTiles, type Tile, tilesOf, tileWidth } from '../../protocol/log/tile.ts';
import { leafHash, merkleRoot } from '../../protocol/merkle.ts';
import type { BlockHeight } from '../../protocol/units.ts';
import type { TestNetwork } from '../support/network.ts';
import { signUnseen } from './keyed-hash.ts';
import type { Sqlite } from './sqlite.ts';

/** One answer of `candidate`: the note, and what belongs to it. */
export interface View {
  /** Undefined where nothing was answered. */
  checkpoint(): Promise<string | undefined>;
  /** The first `size` leaves, or undefined where they are not there. */
  leaves(size: number): Promise<Uint8Array[] | undefined>;
  /** From the tree of `oldSize` leaves to the one of `size`; undefined where it can not be made. */
  consistency(oldSize: bigint, size: bigint): Promise<Uint8Array[] | undefined>;
  /** Of the header of this height; undefined where it is not there. */
  certificate(height: number): Uint8Array | undefined;
  /** Takes a witness' line in. */
  cosigned(size: bigint, line: string): Promise<void>;
}

/** As the region's object takes it. */
export type CheckpointChoice = 'candidate' | { readonly cosignatures: number; readonly witnesses: readonly string[] };

/** Asks the object that keeps the log. */
export interface Keeper {
  checkpoint(choice: CheckpointChoice): Promise<string | undefined>;
  addCosignature(size: bigint, line: string): Promise<void>;
}

/** `tileAt`: as the API serves it, out of R2. */
export function trueView(
  keeper: Keeper,
  choice: CheckpointChoice,
  tileAt: (tile: Tile) => Promise<Uint8Array | undefined>,
  database: Sqlite,
): View {
  return {
    checkpoint: () => keeper.checkpoint(choice),
    async leaves(size) {
      const leaves: Uint8Array[] = [];
      for (let index = 0n; leaves.length < size; index++) {
        const width = tileWidth('entries', index, BigInt(size));
        const bundle = await tileAt({ level: 'entries', index, width });
        const entries = bundle && decodeEntries(bundle, width);
        if (!entries) return undefined;
        leaves.push(...entries);
      }
      return leaves;
    },
    async consistency(oldSize, size) {
      const nodes = consistencyNodes(oldSize, size);
      const held = new Map<string, Uint8Array>();
      for (const tile of tilesOf(nodes.flat(), size)) {
        const hashes = await tileAt(tile);
        if (!hashes) return undefined;
        held.set(`${tile.level}/${tile.index}`, hashes);
      }
      return proofOfNodes(
        nodes,
        nodesInTiles((level, index) => held.get(`${level}/${index}`)),
      );
    },
    certificate(height) {
      const [row] = database.arrays('SELECT certificate FROM block WHERE height = ?', [height]);
      return row?.[0] as Uint8Array | undefined;
    },
    cosigned: (size, line) => keeper.addCosignature(size, line),
  };
}

/** The true headers below `from`, and others from there on. */
export class SplitView implements View {
  readonly head: TreeHead;
  readonly lines = new Map<string, string>();
  readonly #network: TestNetwork;
  readonly #headers: readonly BlockHeader[];

  constructor(network: TestNetwork, leaves: readonly Uint8Array[], from: number) {
    this.#network = network;
    this.#headers = otherwise(leaves.map(decodeHeader), from);
    const frontier = this.#headers.map((header) => leafHash(encodeHeader(header))).reduce(withLeaf, EMPTY_LOG);
    this.head = { origin: logOrigin(network.hash), size: frontier.size, root: logRoot(frontier) };
  }

  async checkpoint(): Promise<string> {
    const { genesis, hash, key } = this.#network;
    const signature = signUnseen(key('log').seed, headBytes(this.head));
    return checkpointNote(this.head, logNoteKey(hash, genesis.logKey), signature) + [...this.lines.values()].join('');
  }

  get text(): string {
    return headText(this.head);
  }

  async leaves(size: number): Promise<Uint8Array[] | undefined> {
    return size > this.#headers.length ? undefined : this.#headers.slice(0, size).map(encodeHeader);
  }

  async consistency(oldSize: bigint, size: bigint): Promise<Uint8Array[] | undefined> {
    const leaves = await this.leaves(Number(size));
    if (!leaves) return undefined;
    return proofOfNodes(consistencyNodes(oldSize, size), ({ level, index }) => {
      const width = 2 ** level;
      return merkleRoot(leaves.slice(Number(index) * width, (Number(index) + 1) * width));
    });
  }

  certificate(height: number): Uint8Array | undefined {
    const header = this.#headers[height - 1];
    if (!header) return undefined;
    const message = voteBytes(header);
    const signers = this.#network.seats.slice(0, QUORUM);
    const votes = signers.map(({ seed }, seat) => ({ seat, signature: signUnseen(seed, message) }));
    return encodeCertificate(certificateOf(header, votes));
  }

  async cosigned(_size: bigint, line: string): Promise<void> {
    this.lines.set(line.split(' ')[1] as string, `${line}\n`);
  }
}

/** A chain that parts at the height `from`, and is as long. */
function otherwise(headers: readonly BlockHeader[], from: number): BlockHeader[] {
  const split: BlockHeader[] = [];
  for (const header of headers) {
    const previous = split.at(-1);
    const isTrue = header.height < BigInt(from);
    const root = taggedHash('sim/other-state', header.stateRoot);
    split.push(isTrue || !previous ? header : { ...header, parent: headerHash(previous) });
    if (header.height === (BigInt(from) as BlockHeight))
      split[split.length - 1] = { ...(split.at(-1) as BlockHeader), stateRoot: root };
  }
  return split;
}
