/** What anyone may read of the chain, and the check of a Groth16 proof. */
import type { WireTokenomics } from '../../protocol/money/wire.ts';
import type { WireSupply } from '../../protocol/money/wire-supply.ts';
import type { Region } from '../../protocol/regions.ts';
import type { WireBlock, WireChain } from '../../protocol/wire.ts';
import { newIdempotencyKey, queryOf, type Transport } from './transport.ts';

export function chainCalls(transport: Transport) {
  const get = <T>(path: string): Promise<T> => transport.json<T>({ method: 'GET', path });
  return {
    chain: () => get<WireChain>('/v1/chain'),
    /** With the proofs of every figure: clients/light checks them. */
    supply: () => get<WireSupply>('/v1/supply'),
    tokenomics: (years = 40) => get<WireTokenomics>(`/v1/tokenomics${queryOf({ years })}`),
    health: () => get<{ status: string; height: string }>('/healthz'),
    /** A height, a hash in hex, or `latest`. */
    block: (reference: string | bigint = 'latest') => get<WireBlock>(`/v1/blocks/${reference}`),
    /** Newest first. */
    blocks: (page: { limit?: number; cursor?: string } = {}) =>
      get<{ blocks: WireBlock[]; next: string | null }>(`/v1/blocks${queryOf(page)}`),
    providers: () => get<unknown>('/v1/providers'),
    regions: () => get<unknown>('/v1/regions'),
    /** Throws HaiError proof_invalid for a proof that does not hold. */
    verifyProof: (circuit: string, proof: unknown, publicSignals: readonly string[]) =>
      transport.json<{ valid: true; circuit: string; development: boolean }>({
        method: 'POST',
        path: '/v1/proofs/verify',
        body: { circuit, proof, publicSignals },
        readsOnly: true,
      }),
    /** Development networks only: the next `times` results of the region's provider carry a flipped byte. */
    setLies: (region: Region, times: number) =>
      transport.text({
        method: 'POST',
        path: '/v1/dev/lies',
        body: { region, times },
        idempotencyKey: newIdempotencyKey(),
      }),
  };
}
