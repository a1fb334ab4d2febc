/** What the parts of a client share: transport, pinned network, account, nonces and the height to which transactions live. */
import { parseAddress } from '../../protocol/address.ts';
import { regionNumber } from '../../protocol/regions.ts';
import { type BlockHeight, blockHeight } from '../../protocol/units.ts';
import type { WireAccount, WireChain } from '../../protocol/wire.ts';
import type { Account } from './account.ts';
import { HaiError } from './errors.ts';
import { loadNetwork, type Network } from './network.ts';
import { NonceSequence } from './nonces.ts';
import type { Transport } from './transport.ts';

/** At most ten blocks a second are sealed, so a transaction lives at least 16 minutes; most of the horizon stays spare. */
const EXPIRY_BLOCKS = 10_000n;
/** The tip is read again after this: it moves by 600 blocks at most. */
const TIP_KEPT_MS = 60_000;

export interface Context {
  readonly transport: Transport;
  readonly nonces: NonceSequence;
  /** Throws HaiError auth_required when the client has none. */
  account(): Account;
  /** In whose name orders are opened: the payer's, or the account's own. */
  demander(): Uint8Array;
  network(): Promise<Network>;
  /** Number of the account's home region. */
  homeRegion(): Promise<number>;
  /** Reads home and nonce again at their next use. */
  forgetHome(): void;
  expiryHeight(): Promise<BlockHeight>;
  forgetTip(): void;
  accountView(address: string): Promise<WireAccount>;
}

/** Throws HaiError invalid_field, naming the parameter, for what is no address. */
export function keyOf(address: string, param: string): Uint8Array {
  const key = parseAddress(address);
  if (!key) throw new HaiError('invalid_field', { param, detail: 'not an address (hai1...)' });
  return key;
}

/** Loads once and keeps what came; a failure is not kept. */
function kept<T>(load: () => Promise<T>): { get(): Promise<T>; forget(): void } {
  let value: Promise<T> | undefined;
  return {
    get() {
      value ??= load().catch((error: unknown) => {
        value = undefined;
        throw error;
      });
      return value;
    },
    forget() {
      value = undefined;
    },
  };
}

export function createContext(
  transport: Transport,
  account: Account | undefined,
  pinnedGenesis: string | undefined,
  payer?: string,
): Context {
  const holder = (): Account => {
    if (!account) throw new HaiError('auth_required', { detail: 'the client has no account' });
    return account;
  };
  const payerKey = payer === undefined ? undefined : keyOf(payer, 'payer');
  const accountView = (address: string) =>
    transport.json<WireAccount>({ method: 'GET', path: `/v1/accounts/${address}` });
  const network = kept(() => loadNetwork(transport, pinnedGenesis));
  const home = kept(async () => regionNumber((await accountView(holder().address)).homeRegion));
  let tip: { height: bigint; readMs: number } | undefined;

  async function tipHeight(): Promise<bigint> {
    if (tip && Date.now() - tip.readMs < TIP_KEPT_MS) return tip.height;
    const chain = await transport.json<WireChain>({ method: 'GET', path: '/v1/chain' });
    tip = { height: BigInt(chain.tip.height), readMs: Date.now() };
    return tip.height;
  }

  return {
    transport,
    account: holder,
    demander: () => payerKey ?? holder().publicKey,
    accountView,
    nonces: new NonceSequence(async () => BigInt((await accountView(holder().address)).nextNonce)),
    network: network.get,
    homeRegion: home.get,
    forgetHome: home.forget,
    expiryHeight: async () => blockHeight((await tipHeight()) + EXPIRY_BLOCKS),
    forgetTip() {
      tip = undefined;
    },
  };
}
