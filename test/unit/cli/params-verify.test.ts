/** hai params --verify: what a certified block proves holds, whatever the network says beside it. */
import { base64 } from '@scure/base';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeTransfer } from '../../../protocol/tx/transfer.ts';
import type { UnixMs, Zhi } from '../../../protocol/units.ts';
import type { WireParametersProof } from '../../../protocol/wire.ts';
import { TestChain } from '../../support/chain.ts';
import { sealChange } from '../../support/governance.ts';
import { testNetwork } from '../../support/network.ts';
import { parametersProofOf } from '../../support/parameters-proof.ts';
import { jsonOf, runHai } from './captured-io.ts';

const network = testNetwork();
const chain = new TestChain(network);
let unset: WireParametersProof;
let set: WireParametersProof;
/** Before the change holds, and of this very minute. */
let coming: WireParametersProof;
let fresh: WireParametersProof;
let fromMs: UnixMs;

beforeAll(async () => {
  await chain.seal([chain.fund(network.key('alice'), 5_000n)]);
  unset = parametersProofOf(chain);
  fromMs = await sealChange(chain, 'baseFeeZhi', '1500');
  coming = parametersProofOf(chain);
  const transfer = encodeTransfer({ to: network.key('bob').key, amountZhi: 1n as Zhi, homeRegion: 0 });
  await chain.seal([chain.sign(network.faucet, 'transfer', transfer, { feeZhi: 1_500n as Zhi })], fromMs);
  set = parametersProofOf(chain);
  await chain.seal([chain.sign(network.faucet, 'transfer', transfer, { feeZhi: 1_500n as Zhi })], BigInt(Date.now()));
  fresh = parametersProofOf(chain);
});

async function verified(served: WireParametersProof, ...more: string[]) {
  const answers: Record<string, unknown> = {
    '/v1/genesis': { hash: Buffer.from(network.hash).toString('hex'), genesis: base64.encode(network.bytes) },
    '/v1/parameters/proof': served,
  };
  const fetch = (async (input) => Response.json(answers[new URL(String(input)).pathname])) as typeof globalThis.fetch;
  const genesis = Buffer.from(network.hash).toString('hex');
  const ran = await runHai(['params', '--verify', '--genesis', genesis, '--json', ...more], { fetch });
  return { exit: ran.exit, stderr: ran.stderr, ...jsonOf(ran) };
}

const flipped = (text: string, at: number): string => {
  const bytes = base64.decode(text);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return base64.encode(bytes);
};

describe('hai params --verify', () => {
  it('shows what was set, and before that what the genesis says', async () => {
    expect(await verified(set)).toMatchObject({
      exit: 0,
      verified: true,
      parameters: { baseFeeZhi: '1500', votingMs: '40000' },
    });
    expect(await verified(unset)).toMatchObject({ exit: 0, verified: true, parameters: { baseFeeZhi: '1000' } });
  });

  it('shows what is to come, and says how old the block is', async () => {
    const shown = await verified(coming);
    expect(shown).toMatchObject({
      parameters: { baseFeeZhi: '1000' },
      scheduled: { baseFeeZhi: { value: '1500', fromMs: fromMs.toString() } },
    });
    expect(shown.stderr).toContain('hours old');
    const now = await verified(fresh);
    expect(now).toMatchObject({ parameters: { baseFeeZhi: '1500' }, scheduled: {}, stderr: '' });
    expect(Number((now as unknown as { ageMs: string }).ageMs)).toBeLessThan(3_600_000);
  });

  it('takes no block below the height that its reader knows', async () => {
    const height = Number(set.height);
    expect(await verified(set, '--min-height', String(height))).toMatchObject({ exit: 0 });
    expect(await verified(set, '--min-height', String(height + 1))).toMatchObject({
      exit: 5,
      error: { kind: 'untrusted' },
    });
    expect((await runHai(['params', '--min-height', '-1'])).exit).toBe(2);
  });

  it('refuses another record, none where there is one, and one where there is none', async () => {
    const lies = [
      { ...set, record: null },
      { ...unset, record: set.record },
      { ...set, proof: unset.proof },
      { ...unset, proof: set.proof },
      { ...unset, proof: set.proof, record: set.record },
      { ...set, certificate: unset.certificate },
    ];
    for (const lie of lies) expect(await verified(lie)).toMatchObject({ exit: 5, error: { kind: 'untrusted' } });
  });

  it('refuses a record with any byte changed', async () => {
    const length = base64.decode(set.record as string).length;
    let refused = 0;
    for (let at = 0; at < length; at++) {
      const { exit } = await verified({ ...set, record: flipped(set.record as string, at) });
      refused += exit === 5 ? 1 : 0;
    }
    expect([length, refused]).toEqual([length, length]);
    expect(length).toBeGreaterThan(40);
  });
});
