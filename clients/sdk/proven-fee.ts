/** The base fee that votes have set, proven against a certified block. A chunk of its own: loaded where a network asks for an unusual fee. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { encodeGenesis } from '../../protocol/genesis.ts';
import { intakeParameters, parametersPlace } from '../../protocol/record/parameter.ts';
import type { UnixMs, Zhi } from '../../protocol/units.ts';
import type { WireParametersProof } from '../../protocol/wire.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import { openLight } from '../light/light.ts';
import type { Network } from './network.ts';
import type { Transport } from './transport.ts';

/**
 * What an intake asks at `nowMs`, as the state after some final block has it. Of a network that shows an old block it is a fee that votes
 * had set then. Undefined where the proof does not hold, or does not decode.
 */
export async function provenBaseFee(transport: Transport, network: Network, nowMs: number): Promise<Zhi | undefined> {
  const served = await transport.json<WireParametersProof>({ method: 'GET', path: '/v1/parameters/proof' });
  const light = openLight({
    genesis: encodeGenesis(network.genesis),
    pin: bytesToHex(network.hash),
    verify: verifyFast,
  });
  const bytes = bytesOf(served);
  if (!light.ok || !bytes) return undefined;
  const final = await light.value.header(bytes.header, bytes.certificate);
  if (!final.ok) return undefined;
  const record = light.value.record(final.value, parametersPlace, bytes.record, bytes.proof);
  if (!record.ok) return undefined;
  const { timeMs } = final.value.header;
  const atMs = BigInt(nowMs) > timeMs ? (BigInt(nowMs) as UnixMs) : timeMs;
  return intakeParameters({ record: () => record.value }, network.genesis, atMs).baseFeeZhi;
}

function bytesOf({ header, certificate, proof, record }: WireParametersProof) {
  try {
    return {
      header: base64.decode(header),
      certificate: base64.decode(certificate),
      proof: base64.decode(proof),
      record: record === null ? undefined : base64.decode(record),
    };
  } catch {
    return undefined;
  }
}
