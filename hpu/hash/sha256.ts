/** SHA-256 (FIPS 180-4), four messages at once, on one instance of sha256.wasm: many digests, Merkle trees, proof of work. */
import { Arena, aligned } from '../arena.ts';
import { KernelFault, requireDimension, requireLength } from '../shape.ts';
import { type NonceExports, type NonceSearch, searchNonce } from './nonce-search.ts';

export const DIGEST_BYTES = 32;
/** A longer message is nothing for lanes: it would keep one busy and three idle, slower than plain code. */
export const MESSAGE_BYTES_MAX = 16 << 20;
/** Messages of one call; their digests are half a gigabyte. */
export const MESSAGES_MAX = 1 << 24;

/** Messages in kernel memory at once, unless one alone is longer: they and their digests fit a core's cache. */
const BATCH_BYTES = 1 << 18;
const BATCH_MESSAGES = 1 << 12;
/** Address and length of a message. */
const ENTRY_BYTES = 8;
/** The kernel may read one block past a message. */
const SLACK_BYTES = 64;
/** One longest message with a batch's entries and digests, and what alignment adds. */
const SCRATCH_BYTES_MAX = MESSAGE_BYTES_MAX + SLACK_BYTES + BATCH_MESSAGES * (ENTRY_BYTES + DIGEST_BYTES) + 64;

/** A byte before each message. LEAF and NODE are those of protocol/merkle.ts (RFC 6962, section 2.1). */
const PREFIX = { none: -1, leaf: 0, node: 1 } as const;
type Prefix = (typeof PREFIX)[keyof typeof PREFIX];

type Sha256Exports = NonceExports & {
  memory: WebAssembly.Memory;
  heapBase(): number;
  evenMessages(at: number, length: number, count: number, messages: number): void;
  hashMessages(messages: number, count: number, prefix: number, out: number): void;
};

export type Sha256Kernel = {
  /** The digests, one behind the other, of `count` messages of `length` bytes that stand one behind the other. */
  hashMany(messages: Uint8Array, count: number, length: number): Uint8Array;
  /** As hashMany, of messages of any lengths up to MESSAGE_BYTES_MAX. */
  hashEach(messages: readonly Uint8Array[]): Uint8Array;
  /** The root that protocol/merkle.ts gives. */
  merkleRoot(leaves: readonly Uint8Array[]): Uint8Array;
  /**
   * The tree by levels: hashes of the leaves, one behind the other, then each level above, where a last odd node goes up as it
   * is (which gives RFC 6962's tree), to the root alone. No leaves make no levels.
   */
  merkleLevels(leaves: readonly Uint8Array[]): Uint8Array[];
  /** The least of the nonces start..start + count - 1 for which SHA-256 of the preimage is below the target. */
  searchNonce(search: NonceSearch): bigint | undefined;
  /** Kernel memory in use, bounded by construction: at most 17 MiB. */
  memoryBytes(): number;
};

export function sha256Kernel(module: WebAssembly.Module): Sha256Kernel {
  const wasm = new WebAssembly.Instance(module, {}).exports as unknown as Sha256Exports;
  const arena = new Arena(wasm.memory, aligned(wasm.heapBase()), SCRATCH_BYTES_MAX);
  const hashes = new Hashes(wasm, arena);
  return {
    hashMany: (messages, count, length) => hashes.even(messages, count, length, PREFIX.none),
    hashEach: (messages) => hashes.each(messages, PREFIX.none),
    merkleRoot: (leaves) => hashes.levels(leaves).pop() ?? hashes.each([new Uint8Array(0)], PREFIX.none),
    merkleLevels: (leaves) => hashes.levels(leaves),
    searchNonce: (search) => searchNonce(wasm, arena, search),
    memoryBytes: () => wasm.memory.buffer.byteLength,
  };
}

function requireMessages(count: number, lengthMax: number): void {
  if (count > MESSAGES_MAX) throw new KernelFault(5, `${count} messages, at most ${MESSAGES_MAX}`);
  if (lengthMax > MESSAGE_BYTES_MAX) throw new KernelFault(5, `${lengthMax} bytes, at most ${MESSAGE_BYTES_MAX}`);
}

class Hashes {
  readonly #wasm: Sha256Exports;
  readonly #arena: Arena;

  constructor(wasm: Sha256Exports, arena: Arena) {
    this.#wasm = wasm;
    this.#arena = arena;
  }

  even(messages: Uint8Array, count: number, length: number, prefix: Prefix): Uint8Array {
    requireDimension('count', count);
    requireDimension('length', length);
    requireMessages(count, length);
    requireLength('messages', messages.length, count * length);
    const digests = new Uint8Array(count * DIGEST_BYTES);
    const size = Math.min(BATCH_MESSAGES, Math.max(1, Math.floor(BATCH_BYTES / Math.max(1, length))));
    for (let from = 0; from < count; from += size) {
      const batch = Math.min(size, count - from);
      const at = this.#layOut(batch * length);
      this.#arena.bytes(at, batch * length).set(messages.subarray(from * length, (from + batch) * length));
      const entries = this.#arena.take(batch * ENTRY_BYTES);
      this.#wasm.evenMessages(at, length, batch, entries);
      this.#hash(entries, batch, prefix, digests, from);
    }
    return digests;
  }

  each(messages: readonly Uint8Array[], prefix: Prefix): Uint8Array {
    requireMessages(
      messages.length,
      messages.reduce((most, { length }) => Math.max(most, length), 0),
    );
    const digests = new Uint8Array(messages.length * DIGEST_BYTES);
    for (let from = 0; from < messages.length; ) {
      const { count, bytes } = batchFrom(messages, from);
      let at = this.#layOut(bytes);
      const target = this.#arena.bytes(at, bytes);
      const base = at;
      const entries = new Int32Array(count * 2);
      for (let i = 0; i < count; i++) {
        const message = messages[from + i] as Uint8Array;
        target.set(message, at - base);
        entries[i * 2] = at;
        entries[i * 2 + 1] = message.length;
        at += message.length;
      }
      this.#hash(this.#arena.put(entries), count, prefix, digests, from);
      from += count;
    }
    return digests;
  }

  levels(leaves: readonly Uint8Array[]): Uint8Array[] {
    if (leaves.length === 0) return [];
    let level = this.each(leaves, PREFIX.leaf);
    const levels = [level];
    while (level.length > DIGEST_BYTES) {
      const pairs = Math.floor(level.length / (2 * DIGEST_BYTES));
      const paired = pairs * 2 * DIGEST_BYTES;
      const nodes = this.even(level.subarray(0, paired), pairs, 2 * DIGEST_BYTES, PREFIX.node);
      const above = new Uint8Array(nodes.length + level.length - paired);
      above.set(nodes);
      above.set(level.subarray(paired), nodes.length);
      levels.push(above);
      level = above;
    }
    return levels;
  }

  /** A new layout that begins with room for messages. */
  #layOut(bytes: number): number {
    this.#arena.reset();
    return this.#arena.take(bytes + SLACK_BYTES);
  }

  #hash(entries: number, count: number, prefix: Prefix, digests: Uint8Array, from: number): void {
    const out = this.#arena.take(count * DIGEST_BYTES);
    this.#wasm.hashMessages(entries, count, prefix, out);
    digests.set(this.#arena.bytes(out, count * DIGEST_BYTES), from * DIGEST_BYTES);
  }
}

/** As many messages from `from` as a batch holds; at least one. */
function batchFrom(messages: readonly Uint8Array[], from: number): { count: number; bytes: number } {
  let bytes = (messages[from] as Uint8Array).length;
  let count = 1;
  for (; count < BATCH_MESSAGES; count++) {
    const message = messages[from + count];
    if (!message || bytes + message.length > BATCH_BYTES) break;
    bytes += message.length;
  }
  return { count, bytes };
}
