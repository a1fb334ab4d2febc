/**
 * What must hold of the chain in D1, checked as each block lands and at the end: one certified hash a height, linked to the
 * genesis; executed again it gives its roots; balances sum to the supply; account rows are the executed state; and no seat has
 * signed two blocks for one (height, round, step).
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { decodeBody } from '../../protocol/block/block.ts';
import { decodeCertificate, QUORUM, voteBytes } from '../../protocol/block/certificate.ts';
import { type BlockHeader, decodeHeader, headerHash } from '../../protocol/block/header.ts';
import { domain, equalBytes } from '../../protocol/hash.ts';
import { recordKindNumber } from '../../protocol/state/record.ts';
import { SUPPLY_ZHI } from '../../protocol/units.ts';
import { verifySignature } from './keyed-hash.ts';
import type { LogWatch } from './log-watch.ts';
import type { Model } from './model.ts';
import type { Sqlite } from './sqlite.ts';
import type { World } from './world.ts';

const VOTE = domain('HAI/vote/1');
/** Of a vote: (height, round, step) and then the block, at its end. */
const PLACE_BYTES = 8 + 4 + 1;
const BLOCK_BYTES = 32;
/** What seats allow, and how far their own clocks may be off. */
const AHEAD_MS_MAX = 10_000 + 3_000;

export class ChainWatch {
  readonly model: Model;
  readonly #log: LogWatch;
  readonly #world: World;
  readonly #sqlite: Sqlite;
  readonly #hashes = new Map<number, string>();
  readonly #signed = new Map<string, string>();
  /** Called at each signature of a seat that is the first at its height. */
  onFirstVote: () => void = () => undefined;

  constructor(world: World, sqlite: Sqlite, model: Model, log: LogWatch) {
    this.#log = log;
    this.#world = world;
    this.#sqlite = sqlite;
    this.model = model;
  }

  onSignature(publicKey: Uint8Array, message: Uint8Array): void {
    if (!equalBytes(message.subarray(0, VOTE.length), VOTE)) return;
    const block = bytesToHex(message.subarray(-BLOCK_BYTES));
    const place = bytesToHex(message.subarray(-BLOCK_BYTES - PLACE_BYTES, -BLOCK_BYTES));
    const key = `${bytesToHex(publicKey)} ${place}`;
    const before = this.#signed.get(key);
    if (before && before !== block) this.#world.violated('a seat signed two blocks for one height, round and step');
    if (!this.#signed.has(place)) this.onFirstVote();
    this.#signed.set(key, block).set(place, block);
  }

  onCommit(height: number): void {
    const row = this.#sqlite.arrays('SELECT hash, header, body, certificate FROM block WHERE height = ?', [height])[0];
    if (!row) {
      this.#world.violated(`the tip is at ${height}, and there is no such block`);
      return;
    }
    const [hash, headerBytes, body, certificate] = row as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const header = decodeHeader(headerBytes);
    const id = bytesToHex(hash);
    const before = this.#hashes.get(height);
    // A batch that was under way when the database was put back: the same block once more.
    if (before === id) return;
    if (before) this.#world.violated(`two blocks at height ${height}`);
    this.#hashes.set(height, id);
    this.#log.onBlock(headerBytes);
    if (!equalBytes(headerHash(header), hash)) this.#world.violated(`block ${height} is stored under another hash`);
    this.#checkCertificate(header, certificate);
    const fault = this.model.take({ header, body: decodeBody(body) });
    if (fault) this.#world.violated(fault);
    const aheadMs = Number(header.timeMs) - this.#world.clock.nowMs;
    if (aheadMs > AHEAD_MS_MAX) this.#world.violated(`block ${height} is dated ${aheadMs} ms ahead`);
    const sum = this.#sqlite.arrays('SELECT CAST(SUM(balance) AS TEXT) FROM account')[0]?.[0];
    if (sum !== SUPPLY_ZHI.toString()) this.#world.violated(`balances sum to ${sum} after block ${height}`);
    this.#world.note(`block ${height} ${id.slice(0, 8)} with ${header.txCount}`);
  }

  /** Counted here anew, not by the function that is under test. */
  #checkCertificate(header: BlockHeader, bytes: Uint8Array): void {
    const { block, seats, signatures } = decodeCertificate(bytes);
    const signers = this.model.network.genesis.seats.filter((_, i) => (seats >> i) & 1);
    const message = voteBytes(header);
    const sound = signers.filter(({ key }, i) => verifySignature(key, message, signatures[i] ?? new Uint8Array(0)));
    if (sound.length < QUORUM || !equalBytes(block, headerHash(header))) {
      this.#world.violated(`block ${header.height} has ${sound.length} sound signatures`);
    }
  }

  atEnd(): void {
    const rows = this.#sqlite.arrays(
      'SELECT key, CAST(balance AS TEXT), CAST(nonce AS TEXT), home_region FROM account',
    );
    const accounts = this.model.state.accounts();
    if (rows.length !== accounts.length)
      this.#world.violated(`${rows.length} accounts in D1, ${accounts.length} executed`);
    for (const [key, balance, nonce, home] of rows as [Uint8Array, string, string, number][]) {
      const is = this.model.state.account(key);
      const agrees = is && `${is.balanceZhi} ${is.nonce} ${is.homeRegion}` === `${balance} ${nonce} ${home}`;
      if (!agrees) this.#world.violated(`account ${bytesToHex(key).slice(0, 8)} in D1 is not the executed one`);
    }
    this.#checkRecords();
  }

  #checkRecords(): void {
    const idOf = (kind: number, key: Uint8Array, value: Uint8Array) =>
      `${kind} ${bytesToHex(key)} ${bytesToHex(value)}`;
    const rows = this.#sqlite.arrays('SELECT kind, key, value FROM record') as [number, Uint8Array, Uint8Array][];
    const inDatabase = rows.map((row) => idOf(...row)).sort();
    const executed = this.model.state
      .records()
      .map(({ kind, key, value }) => idOf(recordKindNumber(kind), key, value))
      .sort();
    if (inDatabase.join() !== executed.join()) this.#world.violated('the records in D1 are not the executed ones');
  }
}
