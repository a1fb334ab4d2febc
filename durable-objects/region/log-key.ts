/**
 * Where R2 keeps the log of headers. A full tile never changes and has a key of its own; the one that is growing is written anew as it
 * grows, under one key, and served as far as it is asked for.
 */
import { TILE_WIDTH, type Tile, tilePath } from '../../protocol/log/tile.ts';

export const fullTileKey = ({ level, index }: Pick<Tile, 'level' | 'index'>): string =>
  `log/${tilePath({ level, index, width: TILE_WIDTH })}`;

export const growingTileKey = (tile: Pick<Tile, 'level' | 'index'>): string => `${fullTileKey(tile)}.p`;
