/**
 * Tiles and bundles of the log on their way to R2. Full ones are there before the log grows by them; the growing ones, before a checkpoint.
 *
 * What is in R2 is a second memory of what the log has signed, so nothing there is ever replaced by other bytes: a full tile is put where
 * none is, and a growing one only over its own beginning. Each put says what it takes to be there: one that comes late, or from an object
 * that was replaced, changes nothing.
 */

import { equalBytes } from '../../../protocol/hash.ts';
import { type FullTile, type LogEdge, rightmostTile } from '../../../protocol/log/grow.ts';
import { encodeEntries, TILE_WIDTH, type Tile, tilePath } from '../../../protocol/log/tile.ts';
import type { RegionContext } from '../context.ts';
import { fullTileKey, growingTileKey } from '../log-key.ts';
import { inTime } from './in-time.ts';
import { LogFault } from './log-fault.ts';

const CALL_MS_MAX = 20_000;
const ABSENT = { etagDoesNotMatch: '*' };

/** What is under the key of a level's growing tile, as far as this object knows. */
interface Known {
  readonly key: string;
  readonly width: number;
  readonly etag: string;
}

/** `ahead`: R2 holds more of the same log than was to be put. */
export type Archived = 'all' | 'ahead';

export class LogArchive {
  readonly #bucket: RegionContext['env']['BLOBS'];
  /** Most levels have not grown since they were put. Nothing is known of a put that failed. */
  readonly #known = new Map<Tile['level'], Known>();

  constructor({ env }: Pick<RegionContext, 'env'>) {
    this.#bucket = env.BLOBS;
  }

  /** `entries`: the bundle that the first of the tiles of level 0 is of; there is at most one. Throws a LogFault where other bytes are. */
  async putFull(tiles: readonly FullTile[], entries: readonly Uint8Array[]): Promise<void> {
    if (tiles.length === 0) return;
    const leaves = tiles.find(({ level }) => level === 0);
    const bundle = leaves && { level: 'entries' as const, index: leaves.index };
    await Promise.all([
      ...tiles.map((tile) => this.#putFull(tile, tile.hashes)),
      ...(bundle ? [this.#putFull(bundle, encodeEntries(entries.slice(0, TILE_WIDTH)))] : []),
    ]);
    await this.#dropGrown([...tiles, ...(bundle ? [bundle] : [])]);
  }

  async #putFull(tile: Pick<Tile, 'level' | 'index'>, bytes: Uint8Array): Promise<void> {
    const grown = await this.#get(growingTileKey(tile));
    if (grown && !isBeginning(grown.bytes, bytes)) {
      throw new LogFault('log_rolled_back', `R2 holds another beginning of ${fullTileKey(tile)}`);
    }
    const key = fullTileKey(tile);
    if (await inTime(this.#bucket.put(key, bytes, { onlyIf: ABSENT }), CALL_MS_MAX)) return;
    const there = await this.#get(key);
    // Not there after all: an object of R2 that was deleted by hand.
    if (!there) throw new Error(`${key} could not be put`);
    if (!equalBytes(there.bytes, bytes)) {
      throw new LogFault('log_rolled_back', `R2 holds another tile under ${key}`);
    }
  }

  /** What was kept of them while they grew. Left there it would only take room. */
  async #dropGrown(tiles: readonly Pick<Tile, 'level' | 'index'>[]): Promise<void> {
    await Promise.allSettled([inTime(this.#bucket.delete(tiles.map(growingTileKey)), CALL_MS_MAX)]);
  }

  /** `entries`: those of the bundle that is growing. Throws a LogFault where R2 holds what these are no continuation of. */
  async putGrowing(edge: LogEdge, entries: readonly Uint8Array[]): Promise<Archived> {
    const puts = edge.tiles.map((hashes, level) => this.#putGrowing(edge, level, () => hashes));
    const archived = await Promise.all([...puts, this.#putGrowing(edge, 'entries', () => encodeEntries(entries))]);
    return archived.includes('ahead') ? 'ahead' : 'all';
  }

  async #putGrowing(edge: LogEdge, level: Tile['level'], bytesOf: () => Uint8Array): Promise<Archived> {
    const tile = rightmostTile(edge, level);
    if (!tile) return 'all';
    const key = growingTileKey(tile);
    const known = this.#known.get(level);
    if (known?.key === key && known.width === tile.width) return 'all';
    const bytes = bytesOf();
    const there = known?.key === key ? known : await this.#look(tile, bytes);
    if (there === 'ahead') return 'ahead';
    this.#known.delete(level);
    const onlyIf = there === 'absent' ? ABSENT : { etagMatches: there.etag };
    const put = await inTime(this.#bucket.put(key, bytes, { onlyIf }), CALL_MS_MAX);
    // Another run put it, or an own put that was given up came late: what it is now, the next round sees.
    if (!put) throw new Error(`${key} has been put meanwhile`);
    this.#known.set(level, { key, width: tile.width, etag: put.etag });
    return 'all';
  }

  /** Throws a LogFault where R2 holds other leaves than the growing tile of the edge, which is not taken in yet. */
  async mustContinue(edge: LogEdge): Promise<void> {
    const tile = rightmostTile(edge, 0);
    if (tile) await this.#look(tile, edge.tiles[0] as Uint8Array);
  }

  /**
   * What a growing tile may be put over. The full one comes first: beside it there may be a growing one that was put late, of which
   * nothing follows.
   */
  async #look(tile: Tile, bytes: Uint8Array): Promise<'absent' | 'ahead' | { readonly etag: string }> {
    const full = await this.#get(fullTileKey(tile));
    const there = full ?? (await this.#get(growingTileKey(tile)));
    if (!there) return 'absent';
    if (!full && isBeginning(there.bytes, bytes)) return there;
    if (isBeginning(bytes, there.bytes)) return 'ahead';
    throw new LogFault('log_rolled_back', `R2 holds another ${tilePath(tile)}`);
  }

  async #get(key: string): Promise<{ readonly bytes: Uint8Array; readonly etag: string } | undefined> {
    const found = await inTime(this.#bucket.get(key), CALL_MS_MAX);
    if (!found) return undefined;
    return { bytes: new Uint8Array(await inTime(found.arrayBuffer(), CALL_MS_MAX)), etag: found.etag };
  }
}

const isBeginning = (first: Uint8Array, whole: Uint8Array): boolean =>
  first.length <= whole.length && equalBytes(first, whole.subarray(0, first.length));
