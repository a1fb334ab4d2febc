/** A witness: looks now and then, decides by the functions that `hai witness` decides by, and keeps its last word through everything. */
import { equalBytes } from '../../protocol/hash.ts';
import type { TreeHead } from '../../protocol/log/checkpoint.ts';
import { cosignatureLine, cosignedMessage, type WitnessKey } from '../../protocol/log/cosignature.ts';
import {
  confirmHead,
  continuation,
  type FollowedLog,
  followLeaves,
  NOTHING_FOLLOWED,
} from '../../protocol/log/follow.ts';
import { signatureLine } from '../../protocol/log/note.ts';
import { type OpenedCheckpoint, openCheckpoint } from '../../protocol/log/open-checkpoint.ts';
import type { KeyPair } from '../support/keys.ts';
import type { TestNetwork } from '../support/network.ts';
import { sign, verifySignature } from './keyed-hash.ts';
import type { View } from './served-view.ts';
import type { World } from './world.ts';

export class Witness {
  readonly key: WitnessKey;
  readonly #pair: KeyPair;
  readonly #world: World;
  readonly #network: TestNetwork;
  #head: TreeHead | undefined;
  #followed: FollowedLog = NOTHING_FOLLOWED;
  #isLooking = false;

  constructor(world: World, network: TestNetwork, name: string, pair: KeyPair) {
    this.#world = world;
    this.#network = network;
    this.#pair = pair;
    this.key = { name, publicKey: pair.key };
  }

  /** The code with which it refused, undefined where it did not. What is away is looked at again the next time. */
  async look(view: View): Promise<string | undefined> {
    if (this.#isLooking) return undefined;
    this.#isLooking = true;
    try {
      return await this.#look(view);
    } finally {
      this.#isLooking = false;
    }
  }

  async #look(view: View): Promise<string | undefined> {
    const note = await view.checkpoint();
    if (note === undefined) return undefined;
    const opened = await this.#open(note);
    if (!opened.ok) return opened.code;
    const { head, text, cosignatures } = opened.value;
    const leaves = await view.leaves(Number(head.size));
    const proof = await this.#proof(view, head);
    if (!leaves || !proof) {
      this.#world.violated(`the log shows a checkpoint of ${head.size}, and not its ${leaves ? 'tiles' : 'leaves'}`);
      return undefined;
    }
    const continued = continuation(this.#head, head, proof);
    if (!continued.ok) return continued.code;
    if (continued.value === 'larger') {
      const refused = await this.#follow(view, leaves, head);
      if (refused) return refused === 'away' ? undefined : refused;
    } else if (cosignatures.length > 0) return undefined;
    await this.#cosign(view, head, text);
    return undefined;
  }

  #open(note: string): ReturnType<typeof openCheckpoint> {
    const { genesis, hash } = this.#network;
    const policy = { genesisHash: hash, logKey: genesis.logKey, witnesses: [this.key], required: 0 };
    return openCheckpoint(note, { ...policy, spareLines: 'ignore' }, verifySignature);
  }

  /** Of the tiles that are shown. */
  async #proof(view: View, { size }: TreeHead): Promise<Uint8Array[] | undefined> {
    const kept = this.#head?.size ?? 0n;
    return kept >= size ? [] : view.consistency(kept, size);
  }

  async #follow(view: View, leaves: readonly Uint8Array[], head: TreeHead): Promise<string | undefined> {
    const { genesis, hash } = this.#network;
    const behind = leaves.slice(Number(this.#followed.frontier.size));
    const followed = followLeaves(this.#followed, behind, genesis, hash);
    if (!followed.ok) return followed.code;
    const certificate = view.certificate(Number(head.size));
    if (!certificate) return 'away';
    const confirmed = await confirmHead(followed.value, head, certificate, genesis, verifySignature);
    if (!confirmed.ok) return confirmed.code;
    // Persisted, and only then signed.
    this.#head = head;
    this.#followed = followed.value;
    return undefined;
  }

  #cosign(view: View, head: TreeHead, text: OpenedCheckpoint['text']): Promise<void> {
    const timestampS = BigInt(Math.floor(this.#world.clock.nowMs / 1000));
    const signature = sign(this.#pair.seed, cosignedMessage(text, timestampS));
    const line = signatureLine(cosignatureLine(this.key, timestampS, signature)).slice(0, -1);
    return view.cosigned(head.size, line);
  }

  /** Whether its last word was for this head. */
  hasCosigned({ size, root }: TreeHead): boolean {
    return this.#head?.size === size && equalBytes(this.#head.root, root);
  }
}
