/** At the edge a verifier saves the work on good signatures; nobody is refused on its word, or for its silence. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { forgetVerifier, type VerifierEnv } from '../../durable-objects/verifier/ask.ts';
import { VERIFIER_PATHS } from '../../durable-objects/verifier/messages.ts';
import { parseEachSigned } from '../../workers/api/intake.ts';
import { rightTransfer } from '../support/malformed-transfers.ts';
import { testNetwork } from '../support/network.ts';
import { verifier, withLast } from './verifier-proposals.ts';

/** From so many on they are sent. */
const SENT_MIN = 8;
const network = testNetwork('verifier-intake');
let nonce = 0n;
/** Such as nobody has seen before. */
const fresh = (count: number) =>
  Array.from({ length: count }, () =>
    rightTransfer({ network, by: network.faucet, nonce: ++nonce, to: network.key('to').key, height: 1n }),
  );
const codesOf = async (env: VerifierEnv, batch: readonly Uint8Array[]) =>
  (await parseEachSigned(env, batch, network)).map((one) => (one.ok ? 'ok' : one.code));

/** Ten good ones, around two that are forged and one that is cut short. */
function mixed() {
  const [a, b, ...good] = fresh(12) as [Uint8Array, Uint8Array, ...Uint8Array[]];
  const batch = [...good.slice(0, 5), withLast(a), withLast(b), good[0]?.slice(1) as Uint8Array, ...good.slice(5)];
  const ok = Array(5).fill('ok');
  return { batch, codes: [...ok, 'bad_signature', 'bad_signature', 'tx_malformed', ...ok] };
}

beforeEach(() => {
  forgetVerifier();
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
  forgetVerifier();
});

it('a verifier checks the good ones, and only the forged ones are checked here', async () => {
  const { batch, codes } = mixed();
  const { env, asked } = verifier(() => new Response(Uint8Array.from(Array(12), (_, i) => Number(i === 5 || i === 6))));
  const verify = vi.spyOn(crypto.subtle, 'verify');
  expect(await codesOf(env, batch)).toEqual(codes);
  expect(asked).toEqual([VERIFIER_PATHS.signatures]);
  expect(verify).toHaveBeenCalledTimes(2);
  // What is known is not asked again.
  expect(await codesOf(env, batch)).toEqual(codes);
  expect(asked).toHaveLength(1);
});

it.each<[string, () => Response]>([
  ['calls all of them false', () => new Response(Uint8Array.from(Array(12), () => 1))],
  ['calls all of them malformed', () => new Response(Uint8Array.from(Array(12), () => 2))],
  ['is down', () => new Response(null, { status: 503 })],
])('a verifier that %s changes no outcome', async (_, answering) => {
  const { batch, codes } = mixed();
  const { env, asked } = verifier(answering);
  expect(await codesOf(env, batch)).toEqual(codes);
  expect(asked).toHaveLength(1);
});

it('the verifier that ships and none give the same outcomes', async () => {
  const { batch, codes } = mixed();
  expect(await codesOf(verifier().env, batch)).toEqual(codes);
  const again = mixed();
  expect(await codesOf({}, again.batch)).toEqual(again.codes);
});

it('a batch of seven is not sent, one of eight is', async () => {
  const { env, asked } = verifier();
  expect(await codesOf(env, fresh(SENT_MIN - 1))).toEqual(Array(SENT_MIN - 1).fill('ok'));
  expect(asked).toEqual([]);
  expect(await codesOf(env, fresh(SENT_MIN))).toEqual(Array(SENT_MIN).fill('ok'));
  expect(asked).toEqual([VERIFIER_PATHS.signatures]);
});
