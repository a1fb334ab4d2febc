/** Proofs from the region that proposes, which alone has the state's tree, as the API shows them. */
import { base64 } from '@scure/base';
import type { CertifiedProof } from '../../durable-objects/region/rpc.ts';
import { regionOf } from '../../protocol/regions.ts';
import type { WireStateProof } from '../../protocol/wire.ts';
import { type Env, type RegionStub, regionStub } from '../env.ts';
import { networkOf } from '../network.ts';

export async function proposerStub(env: Env): Promise<RegionStub> {
  const { genesis } = await networkOf(env);
  return regionStub(env, regionOf(genesis.sequencerRegion));
}

export const wireProof = ({ height, header, certificate, proof }: CertifiedProof): WireStateProof => ({
  height: height.toString(),
  header: base64.encode(header),
  certificate: base64.encode(certificate),
  proof: base64.encode(proof),
});
