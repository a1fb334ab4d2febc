/**
 * A light client that trusts nobody but two of the three witnesses: it follows the headers that it is shown, takes checkpoints of the
 * log, and asks for blocks and balances. It says by which code it refused.
 */
import type { TreeHead } from '../../protocol/log/checkpoint.ts';
import { logOrigin } from '../../protocol/log/checkpoint.ts';
import type { WitnessKey } from '../../protocol/log/cosignature.ts';
import { continuation, type FollowedLog, followLeaves, NOTHING_FOLLOWED } from '../../protocol/log/follow.ts';
import { logRoot } from '../../protocol/log/frontier.ts';
import { openCheckpoint } from '../../protocol/log/open-checkpoint.ts';
import type { TestNetwork } from '../support/network.ts';
import { verifySignature } from './keyed-hash.ts';
import type { View } from './served-view.ts';
import type { Sqlite } from './sqlite.ts';

/** Of three witnesses: any two pairs share one, so no two logs have both. */
export const REQUIRED = 2;

export interface Accepted {
  readonly head: TreeHead;
  readonly note: string;
}

export class Reader {
  /** Checkpoints that it took, oldest first. */
  readonly accepted: Accepted[] = [];
  readonly #network: TestNetwork;
  readonly #witnesses: readonly WitnessKey[];
  #followed: FollowedLog = NOTHING_FOLLOWED;
  #isLooking = false;

  constructor(network: TestNetwork, witnesses: readonly WitnessKey[]) {
    this.#network = network;
    this.#witnesses = witnesses;
  }

  get head(): TreeHead | undefined {
    return this.accepted.at(-1)?.head;
  }

  /**
   * Takes what it is shown, unless it still waits for the answer before: an answer that was slow says what was newest when it was made,
   * and whoever has taken a later one meanwhile would see a log that was put back.
   */
  async look(view: View): Promise<string | undefined> {
    if (this.#isLooking) return undefined;
    this.#isLooking = true;
    try {
      return await this.take(view);
    } finally {
      this.#isLooking = false;
    }
  }

  /** The code with which it refused; undefined where it took the checkpoint, or there was none. */
  async take(view: View): Promise<string | undefined> {
    const note = await view.checkpoint();
    if (note === undefined) return undefined;
    const { genesis, hash } = this.#network;
    const policy = { genesisHash: hash, logKey: genesis.logKey, witnesses: this.#witnesses, required: REQUIRED };
    const opened = await openCheckpoint(note, { ...policy, spareLines: 'ignore' }, verifySignature);
    if (!opened.ok) return opened.code;
    const { head } = opened.value;
    const continued = continuation(this.head, head, await this.#proof(view, head));
    if (!continued.ok) return continued.code;
    if (continued.value === 'larger') this.accepted.push({ head, note });
    return undefined;
  }

  /** Empty, hence refused, where the tiles are not there. */
  async #proof(view: View, { size }: TreeHead): Promise<Uint8Array[]> {
    const kept = this.head?.size ?? 0n;
    return (kept < size ? await view.consistency(kept, size) : undefined) ?? [];
  }

  /** Follows the headers up to the tip that D1 shows: a chain of headers is a log too, and what it was it must still be. */
  follow(database: Sqlite): string | undefined {
    const { genesis, hash } = this.#network;
    const { frontier } = this.#followed;
    const height = BigInt(database.arrays('SELECT height FROM tip')[0]?.[0] as number);
    if (height < frontier.size) {
      const kept = { origin: logOrigin(hash), size: frontier.size, root: logRoot(frontier) };
      const shorter = continuation(kept, { ...kept, size: height }, []);
      return shorter.ok ? undefined : shorter.code;
    }
    const rows = database.arrays('SELECT header FROM block WHERE height > ? ORDER BY height', [Number(frontier.size)]);
    const followed = followLeaves(
      this.#followed,
      rows.map(([header]) => header as Uint8Array),
      genesis,
      hash,
    );
    if (!followed.ok) return followed.code;
    this.#followed = followed.value;
    return undefined;
  }

  get followedHeight(): bigint {
    return this.#followed.frontier.size;
  }
}
