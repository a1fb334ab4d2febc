import { utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { equalBytes, taggedHash } from '../../../protocol/hash.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  GRANTS_MAX,
  SEALED_BYTES_MAX,
  type SealedPayload,
} from '../../../protocol/order/sealed.ts';
import { newContentKey } from '../../../sealing/content.ts';
import {
  grantedKeys,
  newSealKeyPair,
  openGrant,
  openPayload,
  type SealKeyPair,
  sealEnvelope,
} from '../../../sealing/envelope.ts';

const genesisHash = taggedHash('test', Uint8Array.of(1));
const demander = taggedHash('test', Uint8Array.of(2));
const provider = newSealKeyPair();
const checker = newSealKeyPair();
const contentKey = newContentKey();
const payload: SealedPayload = { kind: 'predict', modelKey: newContentKey(), rows: utf8ToBytes('0,1,2') };
const contents = { contentKey, payload, recipients: [provider.publicKey, checker.publicKey], genesisHash, demander };

/** What a recipient comes to: the content key by its grant, the payload by that. */
async function openAs(bytes: Uint8Array, pair: SealKeyPair, network = genesisHash, account = demander) {
  const key = await openGrant(bytes, pair.secretKey, pair.publicKey, network, account);
  const opened = key && (await openPayload(bytes, key));
  return key && opened ? { contentKey: key, payload: opened } : undefined;
}

describe('the sealed envelope', () => {
  it('opens for each recipient', async () => {
    const bytes = await sealEnvelope(contents);
    for (const pair of [provider, checker]) expect(await openAs(bytes, pair)).toEqual({ contentKey, payload });
    expect(await openGrant(bytes, checker.secretKey, checker.publicKey, genesisHash, demander)).toEqual(contentKey);
    expect(await openPayload(bytes, contentKey)).toEqual(payload);
    expect(grantedKeys(bytes)).toEqual(contents.recipients);
  });

  it('carries a training order', async () => {
    const train: SealedPayload = { kind: 'train', datasetKey: newContentKey() };
    const bytes = await sealEnvelope({ ...contents, payload: train });
    expect(await openAs(bytes, provider)).toEqual({ contentKey, payload: train });
  });

  it('opens for nobody else, for no other network, and in no other order', async () => {
    const bytes = await sealEnvelope(contents);
    expect(await openAs(bytes, newSealKeyPair())).toBeUndefined();
    // Somebody who claims a recipient's public key.
    const claimed = { secretKey: newSealKeyPair().secretKey, publicKey: provider.publicKey };
    expect(await openAs(bytes, claimed)).toBeUndefined();
    expect(await openAs(bytes, provider, taggedHash('other'))).toBeUndefined();
    expect(await openAs(bytes, provider, genesisHash, taggedHash('thief'))).toBeUndefined();
    expect(await openPayload(bytes, newContentKey())).toBeUndefined();
  });

  it("does not open a grant that was moved under another recipient's name", async () => {
    const envelope = decodeEnvelope(await sealEnvelope(contents));
    const [first, second] = envelope.grants as [(typeof envelope.grants)[0], (typeof envelope.grants)[0]];
    const swapped = encodeEnvelope({
      ...envelope,
      grants: [
        { ...first, to: second.to },
        { ...second, to: first.to },
      ],
    });
    expect(await openAs(swapped, provider)).toBeUndefined();
    expect(await openAs(swapped, checker)).toBeUndefined();
  });

  it('opens for nobody with any byte flipped', async () => {
    const bytes = await sealEnvelope({ ...contents, recipients: [provider.publicKey] });
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
      expect(await openAs(flipped, provider), `byte ${at}`).toBeUndefined();
    }
  });

  it('is undefined, never a throw, for bytes that are no envelope', async () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(200), utf8ToBytes('{}')]) {
      expect(await openAs(bytes, provider)).toBeUndefined();
      expect(await openPayload(bytes, contentKey)).toBeUndefined();
      expect(grantedKeys(bytes)).toBeUndefined();
    }
  });

  it('seals once to a recipient that is named twice', async () => {
    const bytes = await sealEnvelope({ ...contents, recipients: [provider.publicKey, provider.publicKey] });
    expect(grantedKeys(bytes)).toEqual([provider.publicKey]);
  });

  it('shows neither key nor row', async () => {
    const bytes = await sealEnvelope(contents);
    const holds = (needle: Uint8Array) =>
      bytes.some((_, at) => equalBytes(bytes.subarray(at, at + needle.length), needle));
    expect(holds(provider.publicKey)).toBe(true);
    for (const secret of [contentKey, payload.modelKey, payload.rows]) expect(holds(secret)).toBe(false);
  });

  it('refuses what its codec can not hold', async () => {
    const many = Array.from({ length: GRANTS_MAX + 1 }, () => newSealKeyPair().publicKey);
    await expect(sealEnvelope({ ...contents, recipients: many })).rejects.toThrow('at most');
    const rows = new Uint8Array(SEALED_BYTES_MAX + 1);
    await expect(sealEnvelope({ ...contents, payload: { ...payload, rows } })).rejects.toThrow('at most');
    await expect(sealEnvelope({ ...contents, recipients: [new Uint8Array(31)] })).rejects.toThrow();
    // A point of small order would give everybody the same shared secret.
    await expect(sealEnvelope({ ...contents, recipients: [new Uint8Array(32)] })).rejects.toThrow();
  });

  it('makes one key pair of one secret', () => {
    expect(newSealKeyPair(provider.secretKey)).toEqual(provider);
    expect(newSealKeyPair().secretKey).not.toEqual(newSealKeyPair().secretKey);
  });
});
