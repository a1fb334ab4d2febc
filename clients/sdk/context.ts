/** What the parts of a client share: transport, pinned network, account, nonces and the height to which transactions live. */
import { parseAddress } from '../../protocol/address.ts';
import { regionNumber } from '../../protocol/regions.ts';
import { type BlockHeight, blockHeight, type Zhi } from '../../protocol/units.ts';
import type { WireAccount, WireChain } from '../../protocol/wire.ts';
import type { Account } from './account.ts';
import { HaiError, UntrustedError } from './errors.ts';
import { loadNetwork, type Network } from './network.ts';
import { NonceSequence } from './nonces.ts';
import type { Transport } from './transport.ts';

/** At most ten blocks a second are sealed, so a transaction lives at least 16 minutes; most of the horizon stays spare. */
const EXPIRY_BLOCKS = 10_000n;
/** The tip is read again after this: it moves by 600 blocks at most. */
const TIP_KEPT_MS = 60_000;
/** A fee that votes have raised by more than this has to be proven, or needs the caller's word. */
const BASE_FEE_GROWTH_MAX = 100n;

/** Of GET /v1/chain, as it came. */
interface Tip {
  readonly height: bigint;
  readonly feeText: string;
}

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
  /**
   * What votes have set it to, as the network says. Throws UntrustedError above what the caller allows; without a word of the caller's, above a
   * hundred times the genesis' fee unless the network proves it.
   */
  baseFeeZhi(): Promise<Zhi>;
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
  baseFeeMaxZhi?: bigint,
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
  /** The highest that was proven so far. */
  let provenZhi = 0n;
  let tip: { readonly askedMs: number; readonly read: Promise<Tip> } | undefined;

  /** One request for as many as ask. A failure is not kept. */
  function readTip(): Promise<Tip> {
    if (tip && Date.now() - tip.askedMs < TIP_KEPT_MS) return tip.read;
    const read = transport.json<WireChain>({ method: 'GET', path: '/v1/chain' }).then(
      (chain) => ({ height: BigInt(chain.tip.height), feeText: chain.baseFeeZhi }),
      (error: unknown) => {
        tip = undefined;
        throw error;
      },
    );
    tip = { askedMs: Date.now(), read };
    return read;
  }

  /** Nothing else holds the network to the true fee: it could have its clients burn what they have. */
  async function baseFeeZhi(): Promise<Zhi> {
    const [{ feeText }, { genesis }] = await Promise.all([readTip(), network.get()]);
    const fee = /^\d{1,19}$/.test(feeText) ? BigInt(feeText) : undefined;
    const max = baseFeeMaxZhi ?? BASE_FEE_GROWTH_MAX * genesis.baseFeeZhi;
    if (fee !== undefined && (fee <= max || (baseFeeMaxZhi === undefined && (await isProven(fee))))) return fee as Zhi;
    throw new UntrustedError(`the network asks for a base fee of ${feeText} zhi; this client pays at most ${max}`);
  }

  /** That a certified block's state has a fee as high. */
  async function isProven(fee: bigint): Promise<boolean> {
    if (fee <= provenZhi) return true;
    const { provenBaseFee } = await import('./proven-fee.ts');
    const proven = await provenBaseFee(transport, await network.get(), Date.now()).catch((error: unknown) => {
      // A network that has no proof has none; whatever else stands in the way is told.
      if (error instanceof HaiError) return undefined;
      throw error;
    });
    if (proven !== undefined && proven > provenZhi) provenZhi = proven;
    return fee <= provenZhi;
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
    expiryHeight: async () => blockHeight((await readTip()).height + EXPIRY_BLOCKS),
    baseFeeZhi,
    forgetTip() {
      tip = undefined;
    },
  };
}
