import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { attemptPost, RESPONSE_BYTES_KEPT } from '../../../durable-objects/endpoint/attempt.ts';
import { answersChallenge, newChallenge } from '../../../durable-objects/endpoint/challenge.ts';

const servers: Server[] = [];

async function receiver(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const post = (url: string, timeoutMs = 5000) =>
  attemptPost({ url, headers: { 'webhook-id': 'a-1' }, payload: '{"a":1}', timeoutMs });

describe('attemptPost', () => {
  it('posts the payload with its headers', async () => {
    const seen: unknown[] = [];
    const url = await receiver(async (request, response) => {
      const chunks = await request.toArray();
      seen.push([
        request.method,
        request.headers['webhook-id'],
        request.headers['content-type'],
        String(Buffer.concat(chunks)),
      ]);
      response.writeHead(204).end();
    });
    expect(await post(url)).toMatchObject({ outcome: 'delivered', status: 204, response: '' });
    expect(seen).toEqual([['POST', 'a-1', 'application/json', '{"a":1}']]);
  });

  it.each([
    [200, 'delivered'],
    [299, 'delivered'],
    [301, 'redirect'],
    [304, 'redirect'],
    [308, 'redirect'],
    [400, 'refused'],
    [410, 'gone'],
    [429, 'refused'],
    [500, 'refused'],
  ])('status %i is %s', async (status, outcome) => {
    const url = await receiver((_, response) => response.writeHead(status).end());
    expect(await post(url)).toMatchObject({ outcome, status });
  });

  it('does not follow a redirect', async () => {
    let reached = 0;
    const target = await receiver((_, response) => {
      reached++;
      response.end();
    });
    const url = await receiver((_, response) => response.writeHead(307, { location: target }).end());
    expect((await post(url)).outcome).toBe('redirect');
    expect(reached).toBe(0);
  });

  it('keeps the first kilobyte of an answer that never ends, and hangs up', async () => {
    let closed = false;
    const url = await receiver((_, response) => {
      response.on('close', () => {
        closed = true;
      });
      const pour = () => {
        while (!response.destroyed && response.write('é'.repeat(5000)));
      };
      response.on('drain', pour);
      pour();
    });
    const attempt = await post(url);
    expect(attempt).toMatchObject({ outcome: 'delivered', status: 200, response: 'é'.repeat(RESPONSE_BYTES_KEPT / 2) });
    await expect.poll(() => closed).toBe(true);
  });

  it('leaves out a character that the cut splits', async () => {
    const url = await receiver((_, response) => response.end(`x${'é'.repeat(1000)}`));
    expect((await post(url)).response).toBe(`x${'é'.repeat(RESPONSE_BYTES_KEPT / 2 - 1)}`);
  });

  it('times out when no answer comes', async () => {
    const url = await receiver(() => {});
    expect(await post(url, 100)).toMatchObject({ outcome: 'timeout', status: null });
  });

  it('goes by the status when the body of the answer stalls', async () => {
    const url = await receiver((_, response) => {
      response.write('started');
    });
    expect(await post(url, 200)).toMatchObject({ outcome: 'delivered', status: 200, response: 'started' });
  });

  it('tells of a receiver that is not there, or hangs up', async () => {
    const url = await receiver((request) => request.socket.destroy());
    expect(await post(url)).toMatchObject({ outcome: 'unreachable', status: null });
    expect(await post('http://127.0.0.1:1/')).toMatchObject({ outcome: 'unreachable', status: null });
  });

  it('reads Retry-After', async () => {
    const url = await receiver((_, response) => response.writeHead(503, { 'retry-after': '7' }).end('later'));
    expect(await post(url)).toMatchObject({ outcome: 'refused', response: 'later', retryAfterMs: 7000 });
  });
});

describe('answersChallenge', () => {
  const challenge = newChallenge();
  const answer = (status: number, response: string) =>
    answersChallenge({ outcome: 'delivered', status, latencyMs: 0, response, retryAfterMs: undefined }, challenge);

  it.each([challenge, ` ${challenge}\n`, JSON.stringify({ challenge }), JSON.stringify({ ok: true, challenge })])(
    'takes %s',
    (text) => {
      expect(answer(200, text)).toBe(true);
    },
  );

  it.each([
    [200, ''],
    [200, 'ok'],
    [200, 'null'],
    [200, '[]'],
    [200, JSON.stringify({ challenge: 1 })],
    [200, JSON.stringify({ challenge: newChallenge() })],
    [200, `I was asked for ${challenge}`],
    [201, challenge],
    [500, challenge],
  ])('refuses status %i with %s', (status, text) => {
    expect(answer(status, text)).toBe(false);
  });
});
