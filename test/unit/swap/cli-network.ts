/** A network for the command line that seals what it is sent at once, in memory: signatures, rules and proofs are the real ones. */
import { base64 } from '@scure/base';
import { parseAddress } from '../../../protocol/address.ts';
import { encodeCertificate } from '../../../protocol/block/certificate.ts';
import { encodeHeader } from '../../../protocol/block/header.ts';
import { codeOfNumber, type ErrorCode, errorNumber } from '../../../protocol/errors.ts';
import { outPlace } from '../../../protocol/record/swap.ts';
import { recordLeafKey } from '../../../protocol/state/leaves.ts';
import { encodeStateProof, proveKey } from '../../../protocol/state/proof.ts';
import { signatureFault } from '../../../protocol/transition.ts';
import { parseTransaction } from '../../../protocol/tx/envelope.ts';
import type { UnixMs } from '../../../protocol/units.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import type { TestChain } from '../../support/chain.ts';

const problem = (code: ErrorCode, status: number) =>
  Response.json(
    { type: 'x', title: code, status, code, number: errorNumber(code), request_id: 'r1', retryable: false },
    { status, headers: { 'content-type': 'application/problem+json' } },
  );

async function seal(chain: TestChain, bytes: Uint8Array): Promise<Response> {
  const { genesis, hash: genesisHash } = chain.network;
  const parsed = parseTransaction(bytes, genesisHash);
  if (!parsed.ok) return problem(parsed.code, 400);
  const context = { genesis, genesisHash, height: chain.parent.height, timeMs: 0n as UnixMs };
  const fault = await signatureFault(parsed.value, context, verifyFast);
  if (fault) return problem(fault, 401);
  const { built } = await chain.seal([bytes]);
  const entries = built.transactions[0]?.outcome.entries ?? [];
  const code = entries[0] ? (codeOfNumber(entries[0]) ?? null) : null;
  const height = built.block.header.height.toString();
  return Response.json({ hash: 'ab'.repeat(32), status: code ? 'refused' : 'applied', code, entries, height });
}

function outProof(chain: TestChain, sequence: bigint, lie: (record: Uint8Array) => Uint8Array): Response {
  const { kind, key } = outPlace(sequence);
  const certified = chain.blocks.at(-1)?.certified;
  if (!certified) throw new Error('no block');
  const value = chain.state.record(kind, key);
  return Response.json({
    header: base64.encode(encodeHeader(certified.block.header)),
    certificate: base64.encode(encodeCertificate(certified.certificate)),
    proof: base64.encode(encodeStateProof(proveKey(chain.tree, recordLeafKey(kind, key)))),
    record: value ? base64.encode(lie(value)) : null,
  });
}

/** `lie`: what becomes of a record before it is served. */
export function networkOver(chain: TestChain, lie = (record: Uint8Array): Uint8Array => record): typeof fetch {
  const { bytes: genesis, hash } = chain.network;
  return async (input, init) => {
    const { pathname } = new URL(String(input));
    const [, , resource, name = '', ...rest] = pathname.split('/');
    if (resource === 'genesis')
      return Response.json({ hash: Buffer.from(hash).toString('hex'), genesis: base64.encode(genesis) });
    if (resource === 'chain')
      return Response.json({ tip: { height: chain.parent.height.toString() }, baseFeeZhi: '1000' });
    if (resource === 'accounts') {
      const account = chain.state.account(parseAddress(name) as Uint8Array);
      return account ? Response.json({ nextNonce: account.nonce.toString() }) : problem('unknown_account', 404);
    }
    if (resource === 'transactions') {
      const text = await new Response(init?.body as BodyInit).text();
      return seal(chain, base64.decode((JSON.parse(text) as { transaction: string }).transaction));
    }
    if (resource === 'swap' && name === 'outs') return outProof(chain, BigInt(rest[0] ?? ''), lie);
    return problem('not_found', 404);
  };
}
