/** A chain in memory as its API serves it to `hai`: genesis, tip, blocks, and the tiles and checkpoints of its log. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { parseTilePath } from '../../protocol/log/tile.ts';
import { leafHash } from '../../protocol/merkle.ts';
import { checkpointOf, type LightChain, logOf } from './light-chain.ts';

export interface Served {
  /** What it says of its tip; the truth unless given. */
  readonly tip?: unknown;
  /** Blocks that it serves; all unless given. */
  readonly blocks?: number;
  /** Headers in its log; all unless given. */
  readonly logSize?: number;
  /** Names of the witnesses that co-signed. */
  readonly witnesses?: readonly string[];
  /** Any other text, by its path. */
  readonly texts?: Readonly<Record<string, string>>;
}

const PLACE = /^\/v1\/blocks\/(\d+)(?:\/(body|witness))?$/;
const missing = (): Response => Response.json({ number: 105, code: 'not_found', title: 'x' }, { status: 404 });

export function servedBy(chain: Pick<LightChain, 'network' | 'blocks'>, served: Served = {}): typeof fetch {
  const { network, blocks } = chain;
  const { tip = String(blocks.length), logSize = blocks.length, witnesses = [], texts = {} } = served;
  const answer = (path: string): Response => {
    if (texts[path] !== undefined) return new Response(texts[path]);
    if (path === '/v1/genesis')
      return Response.json({ hash: bytesToHex(network.hash), genesis: base64.encode(network.bytes) });
    if (path === '/v1/chain') return Response.json({ tip: { height: tip } });
    if (path === '/v1/log/checkpoint')
      return new Response(checkpointOf(network, logOf(chain, logSize).head, witnesses));
    const tile = path.startsWith('/v1/log/') ? parseTilePath(path.slice('/v1/log/'.length)) : undefined;
    if (tile) return tileOf(chain, tile.width);
    return blockAt(path);
  };
  const blockAt = (path: string): Response => {
    const [, height, part] = PLACE.exec(path) ?? [];
    const block = Number(height) <= (served.blocks ?? blocks.length) ? blocks[Number(height) - 1] : undefined;
    if (!block) return missing();
    if (part === 'body' || part === 'witness') return new Response(block[part] as Uint8Array<ArrayBuffer>);
    return Response.json({ header: base64.encode(block.header), certificate: base64.encode(block.certificate) });
  };
  return async (input) => answer(new URL(String(input)).pathname);
}

/** Of fewer than 256 headers: one tile of leaves. */
function tileOf({ blocks }: Pick<LightChain, 'blocks'>, width: number): Response {
  const hashes = blocks.slice(0, width).map(({ header }) => leafHash(header));
  return new Response(new Uint8Array(Buffer.concat(hashes)));
}
