/** What GET /v1/parameters/proof answers of a chain's last block. */
import { base64 } from '@scure/base';
import { encodeCertificate } from '../../protocol/block/certificate.ts';
import { encodeHeader } from '../../protocol/block/header.ts';
import { recordLeafKey } from '../../protocol/state/leaves.ts';
import { encodeStateProof, proveKey } from '../../protocol/state/proof.ts';
import { ONLY_KEY } from '../../protocol/state/record.ts';
import type { WireParametersProof } from '../../protocol/wire.ts';
import type { TestChain } from './chain.ts';

export function parametersProofOf(chain: TestChain): WireParametersProof {
  const { certified } = chain.blocks.at(-1) as (typeof chain.blocks)[number];
  const record = chain.state.record('parameter', ONLY_KEY);
  return {
    height: certified.block.header.height.toString(),
    header: base64.encode(encodeHeader(certified.block.header)),
    certificate: base64.encode(encodeCertificate(certified.certificate)),
    proof: base64.encode(encodeStateProof(proveKey(chain.tree, recordLeafKey('parameter', ONLY_KEY)))),
    record: record ? base64.encode(record) : null,
  };
}
