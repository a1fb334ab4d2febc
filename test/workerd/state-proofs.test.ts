/** Proofs and witnesses as the API serves them, verified with nothing but the genesis; and the stored tree under them. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { bodyKey, witnessKey } from '../../durable-objects/region/archive-key.ts';
import { RegionContext } from '../../durable-objects/region/context.ts';
import { FOREIGN_REST_MS, HeldReplica } from '../../durable-objects/region/sequencer/held-replica.ts';
import { loadReplica } from '../../durable-objects/region/sequencer/load-replica.ts';
import { pruneBodies } from '../../durable-objects/region/sequencer/prune.ts';
import { accountPlace } from '../../durable-objects/region/sequencer/state-place.ts';
import { proveSupply } from '../../durable-objects/region/sequencer/state-proofs.ts';
import { TreeStore } from '../../durable-objects/region/sequencer/tree-store.ts';
import { openLedger } from '../../ledger/d1.ts';
import { addressOf } from '../../protocol/address.ts';
import { decodeBody, txRootOf } from '../../protocol/block/block.ts';
import { certificateFault, decodeCertificate } from '../../protocol/block/certificate.ts';
import { type BlockHeader, decodeHeader } from '../../protocol/block/header.ts';
import { validateBlock } from '../../protocol/block/validate.ts';
import { verifySignature } from '../../protocol/ed25519.ts';
import { regionNumber, regionOf } from '../../protocol/regions.ts';
import { encodeAccount } from '../../protocol/state/account.ts';
import { accountLeafKey, leafValueHash } from '../../protocol/state/leaves.ts';
import type { Root } from '../../protocol/state/node.ts';
import {
  decodeStateProof,
  decodeSupplyProof,
  provenSupply,
  verifyExclusion,
  verifyInclusion,
} from '../../protocol/state/proof.ts';
import { SUPPLY_ZHI, type Zhi } from '../../protocol/units.ts';
import type { WireAccountProof, WireStateProof, WireSupplyProof } from '../../protocol/wire.ts';
import { regionStub } from '../../workers/env.ts';
import { keyPair } from '../support/keys.ts';
import { call, expectProblem } from './api-caller.ts';
import { type Demander, startDemander } from './api-demander.ts';
import { workerEnv } from './region-demander.ts';

const ledger = openLedger(env.DB);
let alice: Demander;

beforeAll(async () => {
  alice = await startDemander('proofs/alice', 'enam');
}, 60_000);

afterEach(() => {
  vi.restoreAllMocks();
});

/** The header, once the seats of the genesis are found to have made it final. */
async function finalHeader({ header, certificate }: WireStateProof): Promise<BlockHeader> {
  const decoded = decodeHeader(base64.decode(header));
  const { seats } = alice.network.genesis;
  const signed = decodeCertificate(base64.decode(certificate));
  expect(await certificateFault(decoded, signed, seats, verifySignature)).toBeUndefined();
  return decoded;
}

const rootOf = ({ stateRoot, supplyZhi }: BlockHeader): Root => ({ hash: stateRoot, sum: supplyZhi });

async function proofOf(key: Uint8Array): Promise<WireAccountProof> {
  return (await (await call('GET', `/v1/accounts/${addressOf(key)}/proof`)).json()) as WireAccountProof;
}

function holds({ account, proof }: WireAccountProof, key: Uint8Array, root: Root): boolean {
  if (!account) return false;
  const balanceZhi = BigInt(account.balanceZhi) as Zhi;
  const value = { balanceZhi, nonce: BigInt(account.nonce), homeRegion: regionNumber(account.homeRegion) };
  const leaf = { key: accountLeafKey(key), valueHash: leafValueHash(encodeAccount(value)), sum: balanceZhi };
  return verifyInclusion(decodeStateProof(base64.decode(proof)), leaf, root);
}

describe('a proof', () => {
  it('of an account holds under the header that the seats signed, and of another balance it does not', async () => {
    const { key } = alice.key;
    const proven = await proofOf(key);
    const root = rootOf(await finalHeader(proven));
    expect(holds(proven, key, root)).toBe(true);
    const account = proven.account as NonNullable<WireAccountProof['account']>;
    const richer = { ...proven, account: { ...account, balanceZhi: (BigInt(account.balanceZhi) + 1n).toString() } };
    expect(holds(richer, key, root)).toBe(false);
    expect(holds(proven, keyPair('proofs/nobody').key, root)).toBe(false);
  });

  it('of absence holds for a key that has no account, and not for one that has', async () => {
    const { key } = keyPair('proofs/nobody');
    const proven = await proofOf(key);
    expect(proven.account).toBeNull();
    const root = rootOf(await finalHeader(proven));
    const proof = decodeStateProof(base64.decode(proven.proof));
    expect(verifyExclusion(proof, accountLeafKey(key), root)).toBe(true);
    expect(verifyExclusion(proof, accountLeafKey(alice.key.key), root)).toBe(false);
  });

  it('of the supply opens the root', async () => {
    const proven = (await (await call('GET', '/v1/supply/proof')).json()) as WireSupplyProof;
    const { stateRoot } = await finalHeader(proven);
    const proof = decodeSupplyProof(base64.decode(proven.proof));
    expect(provenSupply(proof, stateRoot)).toBe(SUPPLY_ZHI);
    expect(proven.supplyZhi).toBe(SUPPLY_ZHI.toString());
    expect(provenSupply(proof, accountLeafKey(stateRoot))).toBeUndefined();
  });

  it('is asked for by an address, and answered by the region that proposes alone', async () => {
    await expectProblem(await call('GET', '/v1/accounts/hai1nobody/proof'), 'invalid_field', 'address');
    const { sequencerRegion } = alice.network.genesis;
    const other = alice.network.genesis.regions.find(({ region }) => region !== sequencerRegion);
    const stub = regionStub(workerEnv, regionOf((other as { region: number }).region));
    expect(await stub.proveState({ kind: 'account', key: alice.key.key })).toMatchObject({
      ok: false,
      code: 'not_found',
    });
    expect(await stub.proveSupply()).toMatchObject({ ok: false, code: 'not_found' });
  });

  it('is refused while D1 holds another value than the root says, and given again once it does not', async () => {
    const { key } = alice.key;
    const add = env.DB.prepare('UPDATE account SET balance = balance + CAST(? AS INTEGER) WHERE key = ?');
    await add.bind('1', key).run();
    await expectProblem(await call('GET', `/v1/accounts/${addressOf(key)}/proof`), 'consensus_stalled');
    await add.bind('-1', key).run();
    expect((await proofOf(key)).account).not.toBeNull();
  });
});

describe('the witness of a block', () => {
  it('lets anyone execute the block again, for each block of the chain', async () => {
    const tip = await ledger.tip();
    const { genesis, hash: genesisHash } = alice.network;
    let previous: BlockHeader | undefined;
    for (let height = 1n; height <= (tip?.height ?? 0n); height++) {
      const response = await call('GET', `/v1/blocks/${height}/witness`);
      expect(response.headers.get('content-type')).toBe('application/octet-stream');
      const witness = new Uint8Array(await response.arrayBuffer());
      const stored = await ledger.block(height);
      if (!stored) throw new Error('no block');
      const block = { header: decodeHeader(stored.header), body: decodeBody(stored.body) };
      const input = { genesis, genesisHash, previous, block, verify: verifySignature };
      expect(await validateBlock({ ...input, witness })).toMatchObject({ ok: true });
      const damaged = witness.map((byte, i) => (i === 40 ? byte ^ 1 : byte));
      expect(await validateBlock({ ...input, witness: damaged })).toMatchObject({ ok: false });
      previous = block.header;
    }
    expect(previous).toBeDefined();
  });

  it('that is not there is not found', async () => {
    await expectProblem(await call('GET', '/v1/blocks/999999/witness'), 'not_found');
    const tip = await ledger.tip();
    await workerEnv.BLOBS.delete(witnessKey(tip?.hash ?? new Uint8Array(0)));
    await expectProblem(await call('GET', '/v1/blocks/latest/witness'), 'not_found');
  });
});

const sequencer = () => regionStub(workerEnv, regionOf(alice.network.genesis.sequencerRegion));
const inObject = <T>(act: (state: DurableObjectState) => Promise<T> | T): Promise<T> =>
  runInDurableObject(sequencer() as never, (_, state) => act(state as unknown as DurableObjectState));

describe('old blocks', () => {
  const bodyOf = async (height: bigint) =>
    new Uint8Array(await (await call('GET', `/v1/blocks/${height}/body`)).arrayBuffer());
  const receipt = async () => (await call('GET', `/v1/orders/${alice.model.order}/receipt`)).text();

  it('are served from R2, receipts too, while their bodies move there and after', async () => {
    const height = (await ledger.tip())?.height ?? 0n;
    const [bodies, proof] = [[] as Uint8Array[], await receipt()];
    for (let at = 1n; at <= height; at++) bodies.push(await bodyOf(at));
    await inObject(async (state) => {
      const context = new RegionContext(state, workerEnv);
      while (await pruneBodies(context, 1n)) {
        for (let at = 1n; at <= height; at++) expect(await bodyOf(at)).toEqual(bodies[Number(at) - 1]);
        expect(await receipt()).toBe(proof);
      }
    });
    for (let at = 1n; at <= height; at++) {
      const stored = await ledger.block(at);
      expect(stored?.body.length === 0).toBe(at < height);
      expect(await bodyOf(at)).toEqual(bodies[Number(at) - 1]);
      const { header } = stored as { header: Uint8Array };
      expect(txRootOf(decodeBody(await bodyOf(at)).transactions)).toEqual(decodeHeader(header).txRoot);
    }
    expect(await receipt()).toBe(proof);
    await expectProblem(await call('GET', '/v1/blocks/999999/body'), 'not_found');
  });

  it('whose body is in neither place are a fault, and no block without transactions', async () => {
    const block = await ledger.block(1n);
    await workerEnv.BLOBS.delete(bodyKey(block?.hash ?? new Uint8Array(0)));
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect((await call('GET', '/v1/blocks/1/body')).status).toBe(500);
    expect(String(told.mock.calls)).toContain('neither in D1 nor in R2');
  });
});

describe('the stored tree', () => {
  it('of a block that D1 has no more proves nothing, builds nothing, and stays until D1 is put right', async () => {
    const tip = await ledger.tip();
    const marked = () => inObject((state) => new TreeStore(state.storage).mark()?.block);
    await proofOf(alice.key.key);
    expect(await marked()).toEqual(tip?.hash);
    const [, older] = await ledger.blockPage((tip?.height ?? 0n) + 1n, 2);
    const moved = env.DB.prepare('UPDATE tip SET height = CAST(? AS INTEGER), hash = ?');
    await moved.bind(older?.height.toString(), older?.hash).run();
    await evictDurableObject(sequencer() as never);
    await expectProblem(await call('GET', `/v1/accounts/${alice.key.address}/proof`), 'consensus_stalled');
    await expectProblem(await call('GET', '/v1/supply/proof'), 'consensus_stalled');
    expect(await marked()).toEqual(tip?.hash);
    await moved.bind(tip?.height.toString(), tip?.hash).run();
    expect((await proofOf(alice.key.key)).account).not.toBeNull();
  });

  it('is not made anew for each proof while D1 holds other leaves than the root says', async () => {
    const { key } = alice.key;
    const add = env.DB.prepare('UPDATE account SET balance = balance + CAST(? AS INTEGER) WHERE key = ?');
    await add.bind('1', key).run();
    await inObject(async (state) => {
      new TreeStore(state.storage).clear();
      const context = new RegionContext(state, workerEnv);
      const read = vi.spyOn(context.ledger, 'accountPage');
      const held = new HeldReplica(context);
      for (let asked = 0; asked < 3; asked++) {
        expect(await proveSupply(alice.network, held)).toMatchObject({ ok: false, code: 'consensus_stalled' });
      }
      expect(read).toHaveBeenCalledOnce();
      const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + FOREIGN_REST_MS);
      await add.bind('-1', key).run();
      expect(await proveSupply(alice.network, held)).toMatchObject({ ok: true });
      now.mockRestore();
    });
  });

  it('is of the tip after each block, and is used as it is by the object’s successor', async () => {
    const tip = await ledger.tip();
    await inObject((state) => {
      expect(new TreeStore(state.storage).mark()).toMatchObject({ height: tip?.height, block: tip?.hash });
    });
    await evictDurableObject(sequencer() as never);
    await inObject(async (state) => {
      const pages = vi.spyOn(ledger, 'accountPage');
      const replica = await loadReplica(ledger, new TreeStore(state.storage), alice.network.genesis);
      expect(pages).not.toHaveBeenCalled();
      await replica.prefetch([accountPlace(alice.key.key)]);
      expect(replica.account(alice.key.key)).toBeDefined();
    });
  });

  it('that was changed or lost is made anew from D1, and the chain goes on', async () => {
    for (const damage of [
      'UPDATE tree_page SET nodes = zeroblob(90)',
      'DELETE FROM tree_page; DELETE FROM tree_mark',
    ]) {
      await inObject((state) => {
        state.storage.sql.exec(damage);
      });
      await evictDurableObject(sequencer() as never);
      const { id } = await alice.client.predict(alice.predictRequest(), { waitSeconds: 10 });
      // The order's last block: it was built on pages that were made anew, and the mark of before the damage is not taken for its.
      await vi.waitFor(
        async () => {
          const found = await ledger.order(hexToBytes(id));
          expect(found?.record.state).toBe('settled');
          await inObject((state) => {
            expect(new TreeStore(state.storage).mark()?.height).toBeGreaterThanOrEqual(found?.updatedHeight as bigint);
          });
        },
        { timeout: 15_000 },
      );
      const { key } = alice.key;
      const proven = await proofOf(key);
      expect(holds(proven, key, rootOf(await finalHeader(proven)))).toBe(true);
    }
  });
});
