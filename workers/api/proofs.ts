/** /v1/proofs/verify: a Groth16 proof under a key that this network knows. */
import { z } from '@hono/zod-openapi';
import { type ErrorCode, type Failure, fail } from '../../protocol/errors.ts';
import { PUBLIC_SIGNALS_MAX } from '../../protocol/proof/groth16.ts';
import { verifyKnownProof } from '../../protocol/proof/groth16-circuits.ts';
import { CIRCUIT_KEYS, type CircuitKey } from '../../protocol/proof/groth16-keys.ts';
import type { Groth16Refusal } from '../../protocol/proof/groth16-refusal.ts';
import { networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';

/** Three refusals are answers about the statement or the key; every other one is about the form. */
const CODE_OF_REFUSAL: Partial<Record<Groth16Refusal, ErrorCode>> = {
  'unknown-key': 'unknown_circuit',
  'development-key': 'unknown_circuit',
  'pairing-mismatch': 'proof_invalid',
};

const request = z
  .strictObject({
    circuit: z
      .string()
      .max(64)
      .openapi({ description: 'Its name, or the id of its verification key', example: 'bid_covers_ask' }),
    proof: z.looseObject({}).openapi({ description: 'In snarkjs’ JSON' }),
    publicSignals: z.array(z.string().max(78)).max(PUBLIC_SIGNALS_MAX),
  })
  .openapi('ProofRequest');

type ProofClaim = z.output<typeof request>;

export function addProofs(api: Api): void {
  addOperation(
    api,
    {
      id: 'verifyProof',
      method: 'post',
      path: '/v1/proofs/verify',
      tag: 'Proofs',
      summary: 'Verify a Groth16 proof. `development`: anyone can forge under that key',
      body: { json: request },
      answers: {
        200: {
          description: 'It verifies',
          schema: z.object({ valid: z.literal(true), circuit: z.string(), development: z.boolean() }),
        },
      },
      refuses: ['proof_malformed', 'proof_invalid', 'unknown_circuit'],
    },
    (c, { body }) => verify(c, body),
  );
}

/** By id, or by name; of several keys of one circuit the last is in force. */
function keyNamed(circuit: string): CircuitKey | undefined {
  return CIRCUIT_KEYS.findLast((key) => key.id === circuit || key.circuit === circuit);
}

async function verify(c: ApiContext, { circuit, proof, publicSignals }: ProofClaim): Promise<Response | Failure> {
  const key = keyNamed(circuit);
  if (!key) return fail('unknown_circuit', undefined, 'circuit');
  const { genesis } = await networkOf(c.env);
  const claim = { verificationKeyId: key.id, proof, publicSignals };
  const verdict = verifyKnownProof(claim, { allowDevelopmentKeys: genesis.profile === 'development' });
  if (!verdict.ok) return fail(CODE_OF_REFUSAL[verdict.code] ?? 'proof_malformed', verdict.code);
  return Response.json({ valid: true, circuit: key.circuit, development: key.development });
}
