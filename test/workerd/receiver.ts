/** A webhook's receiver: stands in for the network by spying on fetch, and keeps what it was sent. */
import { base64 } from '@scure/base';
import { vi } from 'vitest';
import type { WireChainEvent } from '../../protocol/webhook/event.ts';

export interface Received {
  readonly id: string;
  readonly headers: Headers;
  readonly text: string;
  readonly init: RequestInit;
  /** Undefined for a ping or a challenge. */
  readonly event: WireChainEvent | undefined;
}

type Answer = (received: Received) => Response | Promise<Response>;

export const accept: Answer = () => new Response('ok');
export const status = (code: number, headers: Record<string, string> = {}): Answer => {
  return () => new Response('no', { status: code, headers });
};

export class Receiver {
  readonly url: string;
  /** Event deliveries, refused ones included, as they came. */
  readonly received: Received[] = [];
  readonly notices: Received[] = [];
  /** How events are answered. */
  answer: Answer = accept;
  /** How pings and challenges are answered: as a well-behaved receiver does, at first. */
  answerNotice: Answer = ({ text }) =>
    Response.json({ challenge: (JSON.parse(text) as { challenge?: string }).challenge });

  constructor(name: string) {
    this.url = `https://${name}.example.com/hook?token=of-${name}`;
  }

  async take(init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const text = String(init.body);
    const parsed = JSON.parse(text) as WireChainEvent;
    const isNotice = parsed.type.startsWith('webhook.');
    const received = { id: headers.get('webhook-id') ?? '', headers, text, init, event: isNotice ? undefined : parsed };
    (isNotice ? this.notices : this.received).push(received);
    return isNotice ? this.answerNotice(received) : this.answer(received);
  }

  /** Sequence numbers in the order in which they came. */
  get seqs(): number[] {
    return this.received.map(({ event }) => Number(event?.seq));
  }
}

const receivers = new Map<string, Receiver>();

export function receiver(name: string): Receiver {
  const made = new Receiver(name);
  receivers.set(made.url, made);
  return made;
}

/** Call before each test; `vi.restoreAllMocks` takes it away. */
export function catchFetch(): void {
  receivers.clear();
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init = {}) => {
    const found = receivers.get(String(input));
    if (!found) throw new TypeError('no such host');
    return found.take(init);
  });
}

/** v1 by the platform's HMAC, v1a by its ed25519. */
export async function signatureFaults(
  { headers, text }: Received,
  secret: string,
  publicKey: string,
): Promise<string[]> {
  const content = new TextEncoder().encode(`${headers.get('webhook-id')}.${headers.get('webhook-timestamp')}.${text}`);
  const [v1, v1a] = (headers.get('webhook-signature') ?? '').split(' ').map((part) => part.split(','));
  const raw = (key: string, algorithm: { name: string; hash?: string }) =>
    crypto.subtle.importKey('raw', base64.decode(key.slice(key.indexOf('_') + 1)), algorithm, false, ['verify']);
  const verified = async (name: string, key: CryptoKey, part: string[] | undefined, label: string) => {
    const signed =
      part?.[0] === label && (await crypto.subtle.verify(name, key, base64.decode(part[1] ?? ''), content));
    return signed ? [] : [label];
  };
  return [
    ...(await verified('HMAC', await raw(secret, { name: 'HMAC', hash: 'SHA-256' }), v1, 'v1')),
    ...(await verified('Ed25519', await raw(publicKey, { name: 'Ed25519' }), v1a, 'v1a')),
  ];
}
