/**
 * The hosted provider of a region. Its keys are in the region's object, so accepting, opening a grant and claiming happen
 * there; the compute itself runs in Workers. An external provider will answer the same three questions from outside.
 */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { regionOf } from '../../protocol/regions.ts';
import { type Acceptance, acceptanceBytes } from '../../protocol/tx/order-match.ts';
import { claimBytes, type ProviderClaim } from '../../protocol/tx/work-proof.ts';
import type { RegionContext } from './context.ts';
import type { Accepted } from './peer.ts';

export interface ProviderPort {
  acceptOrder(acceptance: Acceptance, sealed: Uint8Array, demander: Uint8Array): Promise<Result<Accepted>>;
  contentKey(sealed: Uint8Array, demander: Uint8Array): Promise<Uint8Array | null>;
  signClaim(claim: ProviderClaim): Promise<Uint8Array>;
}

const LIES = 'lies';

/** Development hook: the next `times` results of this provider carry a flipped byte. */
export function setLies(context: RegionContext, times: number): void {
  context.meta.put(LIES, new Uint8Array([Math.min(times, 255)]));
}

function takeLie(context: RegionContext): boolean {
  if (!context.isDevelopment) return false;
  const left = context.meta.get(LIES)?.[0] ?? 0;
  if (left > 0) context.meta.put(LIES, new Uint8Array([left - 1]));
  return left > 0;
}

export function localProvider(context: RegionContext): ProviderPort {
  const { keyring } = context;
  const open = async (sealed: Uint8Array, demander: Uint8Array) => {
    const network = await context.network();
    return (await keyring.openContentKey('provider', sealed, network.hash, demander)) ?? null;
  };
  return {
    async acceptOrder(acceptance, sealed, demander) {
      const network = await context.network();
      if (!equalBytes(acceptance.provider, keyring.publicKey('provider'))) return fail('not_authorised');
      // A provider that can't read the task declines: it would have to be refused later.
      const contentKey = await open(sealed, demander);
      if (!contentKey) return fail('sealed_malformed');
      const signature = await keyring.sign('provider', acceptanceBytes(network.hash, acceptance));
      return ok({ acceptance: signature, contentKey, lie: takeLie(context) });
    },
    contentKey: open,
    async signClaim(claim) {
      const network = await context.network();
      return keyring.sign('provider', claimBytes(network.hash, claim));
    },
  };
}

/** The hosted provider of a region: this object's own, or a peer's. */
export function providerOf(context: RegionContext, region: number): ProviderPort {
  return region === context.region ? localProvider(context) : context.peer(regionOf(region));
}
