/** What a quorum of the seats can sign and no reader takes: a supply that is none, a block on a state that no rule leads to. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { openLight } from '../../../clients/light/light.ts';
import { verifySupply } from '../../../clients/sdk/supply.ts';
import { addressOf, SYSTEM_ACCOUNT, SYSTEM_ACCOUNT_NAMES } from '../../../protocol/address.ts';
import { encodeBody } from '../../../protocol/block/block.ts';
import { certificateOf, encodeCertificate, voteBytes } from '../../../protocol/block/certificate.ts';
import { type BlockHeader, decodeHeader, encodeHeader, headerHash } from '../../../protocol/block/header.ts';
import { sign } from '../../../protocol/ed25519.ts';
import type { Result } from '../../../protocol/errors.ts';
import { supplyFrom, supplyPlaceOf } from '../../../protocol/money/supply.ts';
import type { WireSupply } from '../../../protocol/money/wire-supply.ts';
import type { FinalHeader } from '../../../protocol/proof/final-header.ts';
import { regionOf } from '../../../protocol/regions.ts';
import type { Account } from '../../../protocol/state/account.ts';
import { accountLeafKey, updateTree } from '../../../protocol/state/leaves.ts';
import { Overlay } from '../../../protocol/state/overlay.ts';
import {
  encodeStateProof,
  encodeSupplyProof,
  proveKey,
  proveSupply,
  type SupplyProof,
} from '../../../protocol/state/proof.ts';
import { ONLY_KEY } from '../../../protocol/state/record.ts';
import { treeRoot } from '../../../protocol/state/tree.ts';
import { encodeWitness, witnessOf } from '../../../protocol/state/witness.ts';
import { encodeTransfer } from '../../../protocol/tx/transfer.ts';
import type { Zhi } from '../../../protocol/units.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { TestChain } from '../../support/chain.ts';
import type { LightChain } from '../../support/light-chain.ts';
import { testNetwork } from '../../support/network.ts';

const network = testNetwork();
const light = ok(openLight({ genesis: network.bytes, pin: bytesToHex(network.hash), verify: verifyFast }));

function ok<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.code}: ${result.evidence}`);
  return result.value;
}
const refusal = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.code);

function signedBy(header: BlockHeader): [Uint8Array, Uint8Array] {
  const message = voteBytes(header);
  const votes = network.seats.map(({ seed }, seat) => ({ seat, signature: sign(seed, message) }));
  return [encodeHeader(header), encodeCertificate(certificateOf(header, votes))];
}

const balance = (amountZhi: bigint): Account => ({ balanceZhi: amountZhi as Zhi, nonce: 0n, homeRegion: 3 });
const thief = network.key('thief').key;

describe('the supply', () => {
  /** As GET /v1/supply answers of the first block's state, spoiled, under a header that the seats sign. */
  async function toldOf(spoil: (state: Overlay) => void, change: Partial<BlockHeader> = {}): Promise<WireSupply> {
    const own = new TestChain(network);
    const { built } = await own.seal([own.fund(network.key('demander'), 1000n)]);
    const state = new Overlay(own.state);
    spoil(state);
    const tree = updateTree(own.tree, state);
    const { hash, sum } = treeRoot(tree);
    const header = { ...built.block.header, stateRoot: hash, supplyZhi: sum as Zhi, ...change };
    const [bytes, certificate] = signedBy(header);
    const accountOf = (name: (typeof SYSTEM_ACCOUNT_NAMES)[number]) => state.account(SYSTEM_ACCOUNT[name]) as Account;
    const places = supplyFrom((name) => accountOf(name).balanceZhi);
    return {
      height: '1',
      supplyZhi: sum.toString(),
      mintedZhi: places.mintedZhi.toString(),
      unmintedZhi: places.unmintedZhi.toString(),
      burnedZhi: places.burnedZhi.toString(),
      header: base64.encode(bytes),
      certificate: base64.encode(certificate),
      proof: base64.encode(encodeSupplyProof(proveSupply(tree) as SupplyProof)),
      accounts: SYSTEM_ACCOUNT_NAMES.map((name) => {
        const { balanceZhi, nonce, homeRegion } = accountOf(name);
        return {
          name,
          address: addressOf(SYSTEM_ACCOUNT[name]),
          place: supplyPlaceOf(name),
          balanceZhi: balanceZhi.toString(),
          nonce: nonce.toString(),
          homeRegion: regionOf(homeRegion),
          proof: base64.encode(encodeStateProof(proveKey(tree, accountLeafKey(SYSTEM_ACCOUNT[name])))),
        };
      }),
    };
  }
  const verified = (wire: WireSupply) =>
    verifySupply({ genesis: network.genesis, hash: network.hash, hex: bytesToHex(network.hash) }, wire);

  test('is verified where it is 10^18 zhi', async () => {
    expect((await verified(await toldOf(() => undefined))).burnedZhi).toBeGreaterThan(0n);
  });

  test.each([5n * 10n ** 17n, 1n])(
    'is refused with %d zhi that nobody minted, whatever the header states',
    async (more) => {
      const print = (state: Overlay) => state.setAccount(thief, balance(more));
      await expect(verified(await toldOf(print))).rejects.toThrow('another sum is stated than 10^18 zhi');
      const supplyZhi = (10n ** 18n).toString();
      await expect(verified({ ...(await toldOf(print)), supplyZhi })).rejects.toThrow('another supply than 10^18 zhi');
      const hidden = { ...(await toldOf(print, { supplyZhi: (10n ** 18n) as Zhi })), supplyZhi };
      await expect(verified(hidden)).rejects.toThrow('the header states another supply');
    },
  );

  test('is refused before the first block too, where another sum is told', async () => {
    const none = { ...(await toldOf(() => undefined)), height: '0', header: null, supplyZhi: '1' };
    await expect(verified(none)).rejects.toThrow('another sum is stated');
  });

  test('is refused by the sum of the state root, where a header could state it', async () => {
    const wire = await toldOf((state) => state.setAccount(thief, balance(7n)));
    const header = decodeHeader(base64.decode(wire.header as string));
    // As a reader without headerFault would hold it.
    const final = { header, hash: headerHash(header) } as unknown as FinalHeader;
    expect(light.supply(final, base64.decode(wire.proof as string))).toMatchObject({
      code: 'state_proof_invalid',
      evidence: 'another supply than 10^18 zhi',
    });
  });
});

/** Whoever holds a quorum of the seats can certify a state that no rule leads to, and a block on top of it. */
describe('a block on a certified state that is a lie', () => {
  interface Lie {
    readonly previous: [Uint8Array, Uint8Array];
    readonly block: LightChain['blocks'][number];
  }

  async function lieOf(spoil: (state: Overlay) => void): Promise<Lie> {
    const own = new TestChain(network);
    const demander = network.key('demander');
    const first = await own.seal([own.fund(demander, 100_000n)]);
    const gift = { to: network.key('friend').key, amountZhi: 5n as Zhi, homeRegion: 3 };
    const honest = own.build([own.sign(demander, 'transfer', encodeTransfer(gift))]);
    const lied = new Overlay(own.state);
    spoil(lied);
    const tree = updateTree(own.tree, lied);
    const { hash, sum } = treeRoot(tree);
    const before = { ...first.built.block.header, stateRoot: hash, supplyZhi: sum as Zhi };
    const header = { ...honest.block.header, parent: headerHash(before) };
    const [bytes, certificate] = signedBy(header);
    const witness = encodeWitness(witnessOf(tree, lied, honest.touched));
    const block = { header: bytes, certificate, body: encodeBody(honest.block.body), witness };
    return { previous: signedBy(before), block };
  }

  test('is executed where the state is no lie', async () => {
    const { previous, block } = await lieOf(() => undefined);
    expect(refusal(await light.block(ok(await light.header(...previous)), block))).toBe('accepted');
  });

  test('is never reached from a header that states another supply', async () => {
    const { previous } = await lieOf((state) => state.setAccount(thief, balance(10n ** 18n)));
    expect(refusal(await light.header(...previous))).toBe('header_invalid');
    const { previous: again, block } = await lieOf(() => undefined);
    const [header, certificate] = signedBy({ ...decodeHeader(block.header), supplyZhi: (2n * 10n ** 18n) as Zhi });
    const refused = await light.block(ok(await light.header(...again)), { ...block, header, certificate });
    expect(refusal(refused)).toBe('header_invalid');
  });

  test('is refused, not thrown at, where a sum runs over or a record says nothing', async () => {
    const spoils: ((state: Overlay) => void)[] = [
      (state) => state.setRecord('parameter', ONLY_KEY, Uint8Array.of(1, 200, 0)),
      (state) => state.setRecord('commitments', ONLY_KEY, Uint8Array.of(9)),
      (state) => {
        // All of the miner pool to the recipient: the sum is right, and what is paid to it runs over no more.
        const pool = state.account(SYSTEM_ACCOUNT.minerPool)?.balanceZhi as bigint;
        state.setAccount(SYSTEM_ACCOUNT.minerPool, balance(0n));
        state.setAccount(network.key('friend').key, balance(pool));
      },
    ];
    for (const spoil of spoils) {
      const { previous, block } = await lieOf(spoil);
      expect(refusal(await light.block(ok(await light.header(...previous)), block))).toBe('block_invalid');
    }
  });
});
