/**
 * A log that a test serves, with the keys of its log and seats at hand: it signs what it is told, true or not. `fetch` answers as the
 * API does, as far as a witness asks.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { certificateOf, encodeCertificate, QUORUM, voteBytes } from '../../protocol/block/certificate.ts';
import { type BlockHeader, encodeHeader } from '../../protocol/block/header.ts';
import { sign } from '../../protocol/ed25519.ts';
import { errorNumber } from '../../protocol/errors.ts';
import { headText, logNoteKey, logOrigin, type TreeHead } from '../../protocol/log/checkpoint.ts';
import { EMPTY_LOG, logRoot, withLeaf } from '../../protocol/log/frontier.ts';
import { encodeEntries, parseTilePath, TILE_WIDTH } from '../../protocol/log/tile.ts';
import { leafHash, merkleRoot } from '../../protocol/merkle.ts';
import { signedCheckpoint } from './log.ts';
import type { TestNetwork } from './network.ts';

export class ServedLog {
  readonly network: TestNetwork;
  /** What is served; a test puts another list here. */
  headers: readonly BlockHeader[];
  /** Headers of the newest checkpoint. */
  size: number;
  /** Signed by how many seats. */
  votes = QUORUM;
  /** Instead of the note that belongs to the headers. */
  note: string | undefined;
  /** Lines that were handed in, by size. */
  readonly lines: { readonly size: string; readonly line: string; readonly text: string }[] = [];
  /** Answers a cosignature with this code. */
  refuses: 'unknown_witness' | undefined;
  /** Paths that are not there. */
  readonly missing = new Set<string>();

  constructor(network: TestNetwork, headers: readonly BlockHeader[], size = headers.length) {
    this.network = network;
    this.headers = headers;
    this.size = size;
  }

  head(size = this.size): TreeHead {
    const leaves = this.headers.slice(0, size).map((header) => leafHash(encodeHeader(header)));
    const root = logRoot(leaves.reduce(withLeaf, EMPTY_LOG));
    return { origin: logOrigin(this.network.hash), size: BigInt(size), root };
  }

  signed(head: TreeHead): string {
    const { genesis, hash } = this.network;
    return signedCheckpoint(head, logNoteKey(hash, genesis.logKey), this.network.key('log').seed);
  }

  /** As the API gives it, with what was handed in for it. */
  candidate(): string {
    if (this.note !== undefined) return this.note;
    const lines = this.lines.filter(({ text }) => text === headText(this.head())).map(({ line }) => `${line}\n`);
    return this.signed(this.head()) + lines.join('');
  }

  #tile(path: string): Uint8Array | undefined {
    const tile = parseTilePath(path);
    if (!tile || this.missing.has(path)) return undefined;
    const { level, index, width } = tile;
    const entries = this.headers.map(encodeHeader);
    if (level === 'entries') return encodeEntries(entries.slice(Number(index) * TILE_WIDTH).slice(0, width));
    const below = TILE_WIDTH ** level;
    const hashes = Array.from({ length: width }, (_, i) => {
      const from = (Number(index) * TILE_WIDTH + i) * below;
      return merkleRoot(entries.slice(from, from + below));
    });
    return Uint8Array.from(hashes.flatMap((hash) => [...hash]));
  }

  #block(height: number): Response {
    const header = this.headers[height - 1];
    if (!header) return refusal('not_found', 404);
    const message = voteBytes(header);
    const votes = this.network.seats
      .slice(0, this.votes)
      .map(({ seed }, seat) => ({ seat, signature: sign(seed, message) }));
    const certificate = base64.encode(encodeCertificate(certificateOf(header, votes)));
    return Response.json({ header: base64.encode(encodeHeader(header)), certificate });
  }

  readonly fetch = (async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const { pathname } = new URL(String(input));
    if (pathname === '/v1/genesis') {
      return Response.json({ hash: bytesToHex(this.network.hash), genesis: base64.encode(this.network.bytes) });
    }
    if (pathname === '/v1/log/candidate') return new Response(this.candidate());
    if (pathname === '/v1/log/cosignatures') {
      if (this.refuses) return refusal(this.refuses, 403);
      const handed = JSON.parse(new TextDecoder().decode(init?.body as Uint8Array)) as { size: string; line: string };
      this.lines.push({ ...handed, text: headText(this.head(Number(handed.size))) });
      return new Response(null, { status: 204 });
    }
    if (pathname.startsWith('/v1/blocks/')) return this.#block(Number(pathname.slice('/v1/blocks/'.length)));
    const bytes = this.#tile(pathname.slice('/v1/log/'.length));
    return bytes ? new Response(bytes as Uint8Array<ArrayBuffer>) : refusal('not_found', 404);
  }) as typeof fetch;
}

function refusal(code: 'not_found' | 'unknown_witness', status: number): Response {
  return Response.json({ code, number: errorNumber(code), status, title: code, retryable: false }, { status });
}
