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

const keyBytes = (text: string) => Uint8Array.from(base64.decode(text.slice(text.indexOf('_') + 1)));

/** Which of the two signatures does not verify, by the platform's own HMAC and ed25519. */
export async function signatureFaults(
  { headers, text }: Received,
  secret: string,
  publicKey: string,
): Promise<string[]> {
  const content = new TextEncoder().encode(`${headers.get('webhook-id')}.${headers.get('webhook-timestamp')}.${text}`);
  const signatures = (headers.get('webhook-signature') ?? '').split(' ').map((part) => part.split(','));
  const keys: [string, string, CryptoKey][] = [
    [
      'v1',
      'HMAC',
      await crypto.subtle.importKey('raw', keyBytes(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']),
    ],
    [
      'v1a',
      'Ed25519',
      await crypto.subtle.importKey('raw', keyBytes(publicKey), { name: 'Ed25519' }, false, ['verify']),
    ],
  ];
  const faults: string[] = [];
  for (const [label, algorithm, key] of keys) {
    const signature = Uint8Array.from(base64.decode(signatures.find(([name]) => name === label)?.[1] ?? ''));
    if (!(await crypto.subtle.verify(algorithm, key, signature, content))) faults.push(label);
  }
  return faults;
}
