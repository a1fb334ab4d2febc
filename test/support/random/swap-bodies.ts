/** Random bodies of the ERC20 swap. Whatever a claim says is signed by its holder: fuzzed blocks are executed again with real signatures. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { encodeSwapIn, type SwapIn } from '../../../protocol/tx/swap-in.ts';
import { encodeSwapOut } from '../../../protocol/tx/swap-out.ts';
import type { Zhi } from '../../../protocol/units.ts';
import type { TestNetwork } from '../network.ts';
import {
  type EvmKey,
  evmKey,
  HOLDERS,
  SNAPSHOT,
  signClaim,
  type TestSet,
  TOKEN,
  testSet,
  unsignedClaim,
} from '../swap.ts';
import type { BodyMaker, WorldView } from './world-view.ts';

/** Locks that governance may register (param-bodies.ts): until then nobody can claim them. */
export const LOCKS: TestSet = testSet('random-lock', 3, (logIndex) => ({ txHash: SNAPSHOT.root, logIndex }));
const RECIPIENTS = 3;

/** A signature costs some milliseconds: each claim is signed once. */
const signed = new Map<string, SwapIn>();

function signedOnce(network: TestNetwork, key: EvmKey, claim: Omit<SwapIn, 'signature'>): SwapIn {
  const id = bytesToHex(network.hash) + bytesToHex(encodeSwapIn({ ...claim, signature: new Uint8Array(65) }));
  const known = signed.get(id) ?? signClaim(network, key, claim);
  signed.set(id, known);
  return known;
}

function recipientOf({ draw, users, network }: WorldView): Uint8Array {
  if (draw.chance(0.03)) return SYSTEM_ACCOUNT.swap;
  return draw.chance(0.5) ? network.key(`claimant/${draw.below(RECIPIENTS)}`).key : draw.pick(users).key;
}

const swapIn: BodyMaker = (view) => {
  const { draw, users, network } = view;
  const set = draw.chance(0.2) ? LOCKS : SNAPSHOT;
  const index = draw.below(set.records);
  const right = unsignedClaim(set, index, recipientOf(view), draw.pick(['weur', 'enam']));
  const amountZhi = (draw.chance(0.06) ? right.amountZhi + 1n : right.amountZhi) as Zhi;
  const path = draw.chance(0.05) ? right.path.slice(1) : right.path;
  const claim = signedOnce(network, set.keys[index] as EvmKey, { ...right, amountZhi, path });
  return { sender: draw.pick(users).key, body: encodeSwapIn(claim) };
};

const swapOut: BodyMaker = ({ draw, users }) => {
  const to = draw.chance(0.03) ? TOKEN : evmKey(`holder/${draw.below(HOLDERS)}`).address;
  return { sender: draw.pick(users).key, body: encodeSwapOut({ to, amountZhi: draw.amount<Zhi>(20_000) }) };
};

export const SWAP_BODIES = { swapIn, swapOut } as const satisfies Record<string, BodyMaker>;
