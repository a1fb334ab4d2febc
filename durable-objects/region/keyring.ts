/**
 * The keys that a region's object holds: seats, searcher, checker, provider, and the seal keys of the last two. Made here,
 * kept in the object's storage, never returned: others get public keys and signatures. The sequencer's object also holds the
 * faucet's key (development), the webhook signing seed and the key of the log of headers.
 */
import { publicKeyOf } from '../../protocol/ed25519.ts';
import { newSealKeyPair, openGrant, type SealKeyPair } from '../../sealing/envelope.ts';
import { signFast } from '../../sealing/signatures.ts';
import type { Meta } from './meta.ts';

export type SigningRole = 'searcher' | 'checker' | 'provider' | 'faucet' | 'webhook' | 'log';
export type SealRole = 'checker' | 'provider';

/** What genesis says of a region. */
export interface RegionPublicKeys {
  readonly seats: Uint8Array[];
  readonly searcher: Uint8Array;
  readonly checker: Uint8Array;
  readonly checkerSealKey: Uint8Array;
  readonly provider: Uint8Array;
  readonly providerSealKey: Uint8Array;
}

export class Keyring {
  readonly #meta: Meta;
  readonly #seeds = new Map<string, Uint8Array>();
  readonly #publicKeys = new Map<string, Uint8Array>();
  readonly #sealPairs = new Map<SealRole, SealKeyPair>();

  constructor(meta: Meta) {
    this.#meta = meta;
  }

  #seed(name: string): Uint8Array {
    const seed = this.#seeds.get(name) ?? this.#meta.get(`seed/${name}`) ?? this.#makeSeed(name);
    this.#seeds.set(name, seed);
    return seed;
  }

  #makeSeed(name: string): Uint8Array {
    const made = crypto.getRandomValues(new Uint8Array(32));
    this.#meta.put(`seed/${name}`, made);
    return made;
  }

  /** The same arrays each time: sealing/ keeps imported keys by the array that holds the secret. */
  #sealPair(role: SealRole): SealKeyPair {
    const pair = this.#sealPairs.get(role) ?? this.#loadSealPair(role);
    this.#sealPairs.set(role, pair);
    return pair;
  }

  #loadSealPair(role: SealRole): SealKeyPair {
    const publicKey = this.#meta.get(`seal-public/${role}`);
    const secretKey = this.#meta.get(`seal-secret/${role}`);
    if (publicKey && secretKey) return { publicKey, secretKey };
    const pair = newSealKeyPair();
    this.#meta.put(`seal-public/${role}`, pair.publicKey);
    this.#meta.put(`seal-secret/${role}`, pair.secretKey);
    return pair;
  }

  publicKeys(seatCount: number): RegionPublicKeys {
    const seats = Array.from({ length: seatCount }, (_, i) => publicKeyOf(this.#seed(`seat/${i}`)));
    return {
      seats,
      searcher: this.publicKey('searcher'),
      checker: this.publicKey('checker'),
      checkerSealKey: this.#sealPair('checker').publicKey,
      provider: this.publicKey('provider'),
      providerSealKey: this.#sealPair('provider').publicKey,
    };
  }

  publicKey(role: SigningRole): Uint8Array {
    const known = this.#publicKeys.get(role) ?? publicKeyOf(this.#seed(role));
    this.#publicKeys.set(role, known);
    return known;
  }

  sign(role: SigningRole, message: Uint8Array): Promise<Uint8Array> {
    return signFast(this.#seed(role), message);
  }

  signAsSeat(index: number, message: Uint8Array): Promise<Uint8Array> {
    return signFast(this.#seed(`seat/${index}`), message);
  }

  /** The content key that an envelope grants to this region's `role`, or undefined when it grants none that opens. */
  async openContentKey(
    role: SealRole,
    sealed: Uint8Array,
    genesisHash: Uint8Array,
    demander: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    const { publicKey, secretKey } = this.#sealPair(role);
    return openGrant(sealed, secretKey, publicKey, genesisHash, demander);
  }

  /** For the webhook endpoints' objects of the same operator, which sign each delivery. */
  webhookSeed(): Uint8Array {
    return this.#seed('webhook');
  }
}
