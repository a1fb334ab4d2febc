import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { publicKeyOf, sign, verifySignature } from '../../protocol/ed25519.ts';
import { taggedHash } from '../../protocol/hash.ts';
import type { SealedPayload } from '../../protocol/order/sealed.ts';
import { newContentKey, openContent, sealContent } from '../../sealing/content.ts';
import { newSealKeyPair, openGrant, openPayload, sealEnvelope } from '../../sealing/envelope.ts';
import { signFast, verifyFast } from '../../sealing/signatures.ts';
import edge from '../vectors/ed25519-edge.json';
import wycheproof from '../vectors/wycheproof-ed25519.json';

describe('sealing inside workerd', () => {
  const genesisHash = taggedHash('test', Uint8Array.of(1));
  const demander = taggedHash('test', Uint8Array.of(2));

  it('seals and opens an envelope', async () => {
    const pair = newSealKeyPair();
    const contentKey = newContentKey();
    const payload: SealedPayload = { kind: 'predict', modelKey: newContentKey(), rows: utf8ToBytes('0,1') };
    const bytes = await sealEnvelope({ contentKey, payload, recipients: [pair.publicKey], genesisHash, demander });
    const open = (network: Uint8Array) => openGrant(bytes, pair.secretKey, pair.publicKey, network, demander);
    expect(await open(genesisHash)).toEqual(contentKey);
    expect(await open(taggedHash('other'))).toBeUndefined();
    expect(await openPayload(bytes, contentKey)).toEqual(payload);
    expect(await openPayload(bytes, newContentKey())).toBeUndefined();
  });

  it('opens content under its label only', async () => {
    const key = newContentKey();
    const sealed = await sealContent(key, 'result', Uint8Array.of(1, 2, 3));
    expect(await openContent(key, 'result', sealed)).toEqual(Uint8Array.of(1, 2, 3));
    expect(await openContent(key, 'trace', sealed)).toBeUndefined();
  });

  it.each([...edge, ...wycheproof].map((one) => [one.name, one] as const))(
    'judges as the reference does: %s',
    async (_, one) => {
      const signed = [hexToBytes(one.publicKey), hexToBytes(one.message), hexToBytes(one.signature)] as const;
      expect(verifySignature(...signed)).toBe(one.valid);
      expect(await verifyFast(...signed)).toBe(one.valid);
    },
  );

  it('signs as the reference does', async () => {
    const seed = new Uint8Array(32).fill(9);
    const message = utf8ToBytes('a message');
    const signature = await signFast(seed, message);
    expect(signature).toEqual(sign(seed, message));
    expect(await verifyFast(publicKeyOf(seed), message, signature)).toBe(true);
  });
});
