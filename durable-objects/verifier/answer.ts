/** What a verifier answers: a function of the request's bytes, on the very code that the objects run. */
import { decodeHeader } from '../../protocol/block/header.ts';
import { CodecError, decode } from '../../protocol/codec.ts';
import { decodeGenesis, type Genesis, genesisHash } from '../../protocol/genesis.ts';
import { equalBytes, type Hash } from '../../protocol/hash.ts';
import { parseTransaction, transactionHash } from '../../protocol/tx/envelope.ts';
import type { BlockHeight, UnixMs } from '../../protocol/units.ts';
import { signatureFaultOnce } from '../../sealing/transaction-signatures.ts';
import { validateProposal } from '../region/validate-proposal.ts';
import { executeRequest, SIGNATURE_VERDICTS, signaturesRequest, VERIFIER_PATHS } from './messages.ts';

interface Named {
  readonly bytes: Uint8Array;
  readonly genesis: Genesis;
  readonly hash: Hash;
}

/** The last one that was named: a network's verifier hears of no other. */
let known: Named | undefined;

function networkNamed(bytes: Uint8Array): Named {
  if (!known || !equalBytes(known.bytes, bytes)) {
    const genesis = decodeGenesis(bytes);
    known = { bytes, genesis, hash: genesisHash(genesis) };
  }
  return known;
}

async function signatures(request: Uint8Array): Promise<Response> {
  const { genesis: bytes, transactions } = decode(signaturesRequest, request);
  const { genesis, hash: genesisHash } = networkNamed(bytes);
  // Signatures do not depend on height or time.
  const context = { genesis, genesisHash, height: 0n as BlockHeight, timeMs: 0n as UnixMs };
  const verdicts = await Promise.all(
    transactions.map(async (transaction) => {
      const parsed = parseTransaction(transaction, genesisHash);
      if (!parsed.ok) return 'tx_malformed';
      return (await signatureFaultOnce(parsed.value, transactionHash(transaction), context)) ?? 'good';
    }),
  );
  return new Response(Uint8Array.from(verdicts, (verdict) => SIGNATURE_VERDICTS.indexOf(verdict)));
}

async function execute(request: Uint8Array): Promise<Response> {
  const { genesis, previous, ...proposal } = decode(executeRequest, request);
  const network = networkNamed(genesis);
  const parent = previous && decodeHeader(previous);
  const result = await validateProposal(network, parent, decodeHeader(proposal.header), proposal);
  if (result.ok) return Response.json({ valid: true });
  return Response.json({ code: result.code, evidence: result.evidence });
}

export async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const of = { [VERIFIER_PATHS.signatures]: signatures, [VERIFIER_PATHS.execute]: execute }[pathname];
  if (!of || request.method !== 'POST') return new Response(null, { status: 404 });
  try {
    return await of(new Uint8Array(await request.arrayBuffer()));
  } catch (error) {
    if (error instanceof CodecError) return new Response(error.message, { status: 400 });
    throw error;
  }
}
