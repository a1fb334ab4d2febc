import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../clients/sdk/context.ts';
import { HaiError, UnreachableError } from '../../../clients/sdk/errors.ts';
import { NonceSequence } from '../../../clients/sdk/nonces.ts';
import { submit } from '../../../clients/sdk/submit.ts';

describe('nonces', () => {
  it('are taken in order from what the network says, which is asked once', async () => {
    let asked = 0;
    const nonces = new NonceSequence(async () => {
      asked++;
      return 7n;
    });
    const taken = await Promise.all([nonces.take(), nonces.take(), nonces.take()]);
    expect(taken).toEqual([7n, 8n, 9n]);
    expect(asked).toBe(1);
  });

  it('come back when the last one was refused', async () => {
    const nonces = new NonceSequence(async () => 0n);
    const first = await nonces.take();
    nonces.giveBack(first);
    expect(await nonces.take()).toBe(0n);
  });

  it('skip those that are in flight after a new start', async () => {
    const nonces = new NonceSequence(async () => 0n);
    const [zero, one, two] = [await nonces.take(), await nonces.take(), await nonces.take()];
    nonces.giveBack(zero);
    expect(nonces.hasEarlierInFlight(two)).toBe(true);
    expect(await nonces.take()).toBe(0n);
    expect(await nonces.take()).toBe(3n);
    nonces.taken(one);
  });

  it('fail as the network does, and are asked for again', async () => {
    let fails = true;
    const nonces = new NonceSequence(async () => {
      if (fails) throw new UnreachableError('gone');
      return 4n;
    });
    await expect(nonces.take()).rejects.toThrow('gone');
    fails = false;
    expect(await nonces.take()).toBe(4n);
  });

  it('are never in flight twice, whatever happens to them', async () => {
    const events = fc.array(fc.tuple(fc.constantFrom('take', 'taken', 'giveBack', 'forget'), fc.nat(10)), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(events, async (steps) => {
        const nonces = new NonceSequence(async () => 0n);
        const inFlight: bigint[] = [];
        for (const [step, pick] of steps) {
          if (step === 'take') {
            const nonce = await nonces.take();
            expect(inFlight).not.toContain(nonce);
            inFlight.push(nonce);
          } else if (inFlight.length > 0) {
            const [nonce] = inFlight.splice(pick % inFlight.length, 1) as [bigint];
            nonces[step as 'taken'](nonce);
          }
        }
      }),
    );
  });
});

/** A chain of one account: takes the next nonce, refuses others as the API does. Another client may move it on. */
function accountChain(start = 0n) {
  const chain = { next: start, taken: [] as bigint[], forgotten: [] as string[] };
  const context = {
    nonces: new NonceSequence(async () => chain.next),
    forgetHome: () => chain.forgotten.push('home'),
    forgetTip: () => chain.forgotten.push('tip'),
  } as unknown as Context;
  const send = async (nonce: bigint): Promise<string> => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
    if (nonce < chain.next) throw new HaiError('nonce_used');
    if (nonce > chain.next) throw new HaiError('nonce_gap');
    chain.next++;
    chain.taken.push(nonce);
    return `tx ${nonce}`;
  };
  return { chain, context, send };
}

describe('submitting', () => {
  it('sends one after the other without asking again', async () => {
    const { context, send } = accountChain(3n);
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push((await submit(context, async (nonce) => nonce, send)).answer);
    expect(answers).toEqual(['tx 3', 'tx 4', 'tx 5']);
  });

  it('gets sixteen at once in, whatever order they arrive in', async () => {
    const { chain, context, send } = accountChain();
    await Promise.all(Array.from({ length: 16 }, () => submit(context, async (nonce) => nonce, send)));
    expect(chain.taken).toEqual(Array.from({ length: 16 }, (_, i) => BigInt(i)));
  });

  it('signs anew when another client of the account was faster', async () => {
    const { chain, context, send } = accountChain();
    await submit(context, async (nonce) => nonce, send);
    chain.next = 10n;
    const { built, answer } = await submit(context, async (nonce) => nonce, send);
    expect([built, answer]).toEqual([10n, 'tx 10']);
  });

  it('keeps the key for repeats of one signature, and changes it for another', async () => {
    const { context } = accountChain();
    const keys: string[] = [];
    const refusals = ['nonce_used', 'nonce_used'] as const;
    await submit(
      context,
      async (nonce) => nonce,
      async (_, key) => {
        keys.push(key);
        const code = refusals[keys.length - 1];
        if (code) throw new HaiError(code);
        return 'taken';
      },
    );
    expect(new Set(keys).size).toBe(3);
  });

  it('gives the number back after a refusal of another kind', async () => {
    const { context, send } = accountChain();
    const refuse = () => Promise.reject(new HaiError('insufficient_balance'));
    await expect(submit(context, async (nonce) => nonce, refuse)).rejects.toMatchObject({
      code: 'insufficient_balance',
    });
    expect((await submit(context, async (nonce) => nonce, send)).built).toBe(0n);
  });

  it('gives the number back when building fails', async () => {
    const { context, send } = accountChain();
    const fail = () => Promise.reject(new HaiError('price_limit_below_quote'));
    await expect(submit(context, fail, send)).rejects.toMatchObject({ code: 'price_limit_below_quote' });
    expect((await submit(context, async (nonce) => nonce, send)).built).toBe(0n);
  });

  it('asks again after a cut line, since the number may be used', async () => {
    const { chain, context, send } = accountChain();
    const cutAfterwards = async (nonce: bigint) => {
      await send(nonce);
      throw new UnreachableError('cut');
    };
    await expect(submit(context, async (nonce) => nonce, cutAfterwards)).rejects.toThrow('cut');
    expect((await submit(context, async (nonce) => nonce, send)).built).toBe(1n);
    expect(chain.taken).toEqual([0n, 1n]);
  });

  it('fills the hole that a refused one left before others in flight', async () => {
    const { chain, context, send } = accountChain();
    let first = true;
    const refuseFirst = async (nonce: bigint) => {
      if (nonce === 0n && first) {
        first = false;
        throw new HaiError('insufficient_balance');
      }
      return send(nonce);
    };
    const all = await Promise.allSettled(
      Array.from({ length: 4 }, () => submit(context, async (nonce) => nonce, refuseFirst)),
    );
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(chain.taken).toEqual([0n, 1n, 2n]);
  });

  it('reads again what a refusal shows to be old, and stops after eight signatures', async () => {
    const { chain, context } = accountChain();
    for (const [code, forgotten] of [
      ['wrong_home_region', 'home'],
      ['tx_expired', 'tip'],
      ['expiry_too_far', 'tip'],
    ] as const) {
      chain.forgotten = [];
      const refuse = () => Promise.reject(new HaiError(code));
      await expect(submit(context, async (nonce) => nonce, refuse)).rejects.toMatchObject({ code });
      expect(chain.forgotten).toEqual(Array(8).fill(forgotten));
    }
  });
});
