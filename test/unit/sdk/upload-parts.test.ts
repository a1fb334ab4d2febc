/** Parts of one upload: all are stored under one key, or what was stored is removed again. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { accountOfSeed, newAccountSeed } from '../../../clients/sdk/account.ts';
import type { Context } from '../../../clients/sdk/context.ts';
import { uploadParts } from '../../../clients/sdk/datasets.ts';
import { HaiError } from '../../../clients/sdk/errors.ts';
import { createTransport } from '../../../clients/sdk/transport.ts';
import { openContent } from '../../../sealing/content.ts';

const PARTS = 40;
const part = (index: number): Uint8Array => Uint8Array.of(index, 1, 2, 3);

/** A store that refuses the upload number `refused`. */
function store(refused: number) {
  const held = new Map<string, Uint8Array>();
  const asked = { uploads: 0, removals: 0 };
  const fetcher: typeof fetch = async (url, init) => {
    if (init?.method === 'DELETE') {
      asked.removals++;
      held.delete(String(url).split('/').at(-1) as string);
      return new Response(null, { status: 204 });
    }
    if (asked.uploads++ === refused)
      return Response.json({ number: 501, code: 'too_large', status: 413, detail: 'no room' }, { status: 413 });
    const body = init?.body as Uint8Array;
    const id = bytesToHex(sha256(body));
    held.set(id, body);
    return Response.json({ id });
  };
  const account = accountOfSeed(newAccountSeed());
  const context = {
    transport: createTransport('http://network/', fetcher),
    account: () => account,
    network: async () => ({ hash: new Uint8Array(32) }),
  } as unknown as Context;
  return { held, asked, context };
}

describe('an upload in parts', () => {
  it('gives the ids in order, each opened by the one key', async () => {
    const { held, context } = store(-1);
    const { ids, key } = await uploadParts(context, PARTS, part);
    expect(held.size).toBe(PARTS);
    for (const [index, id] of ids.entries())
      expect(await openContent(key, 'dataset', held.get(id) as Uint8Array)).toEqual(part(index));
  });

  it('begins none after a failure, and leaves nothing behind', async () => {
    const { held, asked, context } = store(9);
    await expect(uploadParts(context, PARTS, part)).rejects.toBeInstanceOf(HaiError);
    expect(asked.uploads).toBeLessThan(PARTS / 2);
    expect(asked.removals).toBeGreaterThanOrEqual(9);
    expect(held.size).toBe(0);
  });
});
