/** Transfers in batches under a key each, repeated until they are answered; each sender pays an account of its own. */
import { setTimeout as pause } from 'node:timers/promises';
import { base64 } from '@scure/base';
import type { Client } from '../../clients/sdk/client.ts';
import { UnreachableError } from '../../clients/sdk/errors.ts';
import { newIdempotencyKey } from '../../clients/sdk/transport.ts';
import { sign } from '../../protocol/ed25519.ts';
import type { Genesis } from '../../protocol/genesis.ts';
import { type Region, regionNumber } from '../../protocol/regions.ts';
import { chainIdOf, encodeTransaction, signingBytes, TX_VERSION } from '../../protocol/tx/envelope.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import { txTypeNumber } from '../../protocol/tx/types.ts';
import type { BlockHeight, Zhi } from '../../protocol/units.ts';
import type { WireBatchOutcome } from '../../protocol/wire.ts';
import { type KeyPair, keyPair } from '../support/keys.ts';
import { untilAnswered } from '../support/until-answered.ts';

const BATCH = 20;
export const AMOUNT_ZHI = 7n as Zhi;
const START_ZHI = 2_000_000_000n as Zhi;
/** Far enough for any run, within the horizon. */
const EXPIRY = 50_000n as BlockHeight;
const PAUSE_MS = 10;

export interface ChaosNetwork {
  readonly url: string;
  readonly hash: Uint8Array;
  readonly genesis: Genesis;
}

export class Transfers {
  readonly sender: KeyPair;
  readonly recipient: KeyPair;
  /** Hashes, hex, of what the network answered for with success. */
  readonly acknowledged: string[] = [];
  readonly #network: ChaosNetwork;
  readonly #region: Region;
  #nonce = 0n;

  /** `name` makes the two accounts. */
  constructor(name: string, network: ChaosNetwork, region: Region) {
    this.sender = keyPair(`${name}/sender`);
    this.recipient = keyPair(`${name}/recipient`);
    this.#network = network;
    this.#region = region;
  }

  fund(funder: Client): Promise<unknown> {
    return funder.transfer(this.sender.address, START_ZHI, this.#region);
  }

  async run(stopped: () => boolean): Promise<void> {
    while (!stopped()) {
      const body = JSON.stringify({ transactions: this.#batch().map((bytes) => base64.encode(bytes)) });
      const key = newIdempotencyKey();
      const outcomes = await untilAnswered(() => this.#post(body, key), stopped);
      if (!outcomes) return;
      // All or some: an account has room for 64 pending ones, and what came after is sent again.
      const taken = outcomes.flatMap(({ transaction }) => (transaction ? [transaction] : []));
      this.acknowledged.push(...taken.map(({ hash }) => hash));
      this.#nonce += BigInt(taken.length);
      const refused = outcomes.find((one) => one.refused)?.refused;
      if (refused && refused.code !== 'too_many_pending' && refused.code !== 'nonce_gap')
        throw new Error(`a transfer was refused: ${refused.code}`);
      await pause(refused ? 5 * PAUSE_MS : PAUSE_MS);
    }
  }

  #batch(): Uint8Array[] {
    const { hash, genesis } = this.#network;
    return Array.from({ length: BATCH }, (_, i) => {
      const unsigned = {
        version: TX_VERSION,
        chain: chainIdOf(hash),
        type: txTypeNumber('transfer'),
        sender: this.sender.key,
        nonce: this.#nonce + BigInt(i),
        expiryHeight: EXPIRY,
        feeZhi: genesis.baseFeeZhi,
        body: encodeTransfer({ to: this.recipient.key, amountZhi: AMOUNT_ZHI, homeRegion: regionNumber(this.#region) }),
      };
      return encodeTransaction({ ...unsigned, signature: sign(this.sender.seed, signingBytes(hash, unsigned)) });
    });
  }

  /** A refusal of the whole, and an answer that is none, are retried as a dead network is. */
  async #post(body: string, key: string): Promise<WireBatchOutcome[]> {
    try {
      const response = await fetch(`${this.#network.url}/v1/transactions/batch`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body,
      });
      const { outcomes } = (await response.json()) as { outcomes?: WireBatchOutcome[] };
      if (outcomes) return outcomes;
      throw new Error(`${response.status}`);
    } catch (error) {
      throw new UnreachableError(String(error));
    }
  }
}
