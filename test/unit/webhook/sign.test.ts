import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { publicKeyText, secretText, type WebhookMessage, webhookHeaders } from '../../../protocol/webhook/sign.ts';

const secret = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
const seed = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
const now = Math.floor(Date.now() / 1000);
const message: WebhookMessage = {
  id: 'aa-1',
  timestampSeconds: now,
  payload: '{"type":"block.finalized","größe":"三"}',
};
const signed = (one: WebhookMessage) => webhookHeaders(one, { secrets: [secret], seeds: [seed] });

/** SubjectPublicKeyInfo of an ed25519 key: RFC 8410's fixed prefix, then the key. */
const spki = (text: string) => {
  const key = Buffer.from(text.replace('whpk_', ''), 'base64');
  return createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]),
    format: 'der',
    type: 'spki',
  });
};

function v1aVerifies(headers: Record<string, string>, payload: string, publicKey: string): boolean {
  const signature =
    headers['webhook-signature']
      ?.split(' ')
      .find((part) => part.startsWith('v1a,'))
      ?.slice(4) ?? '';
  const content = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${payload}`);
  return verify(null, content, spki(publicKey), Buffer.from(signature, 'base64'));
}

describe('webhookHeaders', () => {
  it('is verified by the public standardwebhooks package (v1)', () => {
    expect(new Webhook(secretText(secret)).verify(message.payload, signed(message))).toEqual(
      JSON.parse(message.payload),
    );
  });

  it('is refused by it for another payload, id, time or secret', () => {
    const webhook = new Webhook(secretText(secret));
    const headers = signed(message);
    expect(() => webhook.verify(`${message.payload} `, headers)).toThrow();
    expect(() => webhook.verify(message.payload, { ...headers, 'webhook-id': 'aa-2' })).toThrow();
    expect(() => webhook.verify(message.payload, { ...headers, 'webhook-timestamp': String(now - 1) })).toThrow();
    expect(() => new Webhook(secretText(seed)).verify(message.payload, headers)).toThrow();
    expect(() => webhook.verify(message.payload, signed({ ...message, timestampSeconds: now - 301 }))).toThrow(
      /too old/,
    );
  });

  it('is verified by node:crypto (v1a), and refused for another payload, id or key', () => {
    const headers = signed(message);
    expect(v1aVerifies(headers, message.payload, publicKeyText(seed))).toBe(true);
    expect(v1aVerifies(headers, `${message.payload} `, publicKeyText(seed))).toBe(false);
    expect(v1aVerifies({ ...headers, 'webhook-id': 'bb-1' }, message.payload, publicKeyText(seed))).toBe(false);
    expect(v1aVerifies(headers, message.payload, publicKeyText(secret))).toBe(false);
  });

  it('signs any payload as both verifiers expect', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.stringMatching(/^[a-z0-9_-]{1,40}$/),
        (text, id) => {
          const payload = JSON.stringify({ text });
          const headers = signed({ id, timestampSeconds: now, payload });
          expect(new Webhook(secretText(secret)).verify(payload, headers)).toEqual({ text });
          expect(v1aVerifies(headers, payload, publicKeyText(seed))).toBe(true);
        },
      ),
      { numRuns: 50, verbose: 1 },
    );
  });

  it('carries both signatures while a secret or key is rotated', () => {
    const next = Uint8Array.from({ length: 32 }, () => 9);
    const headers = webhookHeaders(message, { secrets: [next, secret], seeds: [next, seed] });
    expect(headers['webhook-signature']?.split(' ').map((part) => part.split(',')[0])).toEqual([
      'v1',
      'v1',
      'v1a',
      'v1a',
    ]);
    for (const one of [next, secret])
      expect(() => new Webhook(secretText(one)).verify(message.payload, headers)).not.toThrow();
  });

  it('refuses an id that could hold the separator, and a time with a fraction', () => {
    expect(() => signed({ ...message, id: 'a.1' })).toThrow(RangeError);
    expect(() => signed({ ...message, id: '' })).toThrow(RangeError);
    expect(() => signed({ ...message, timestampSeconds: 1.5 })).toThrow(RangeError);
  });
});
