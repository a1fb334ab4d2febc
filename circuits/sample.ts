// Prints a sample proof for test/vectors/groth16-bid-covers-ask.json. Run after `node circuits/build.ts --relock`:
//   node circuits/sample.ts > test/vectors/groth16-bid-covers-ask.json
// A proof is randomised, so each run prints another one; all are valid.
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { findCircuitKey } from '../protocol/proof/groth16-circuits.ts';
import { orderSignal } from '../protocol/proof/groth16-order.ts';
import { printJson } from './print.ts';
import { proveBidCoversAsk } from './prove.ts';
import type { VerificationKeyJson } from './zkey.ts';

const order = orderSignal(sha256(utf8ToBytes('hai/sample/order')));
const bidSalt = orderSignal(sha256(utf8ToBytes('hai/sample/bid-salt')));
const askSalt = orderSignal(sha256(utf8ToBytes('hai/sample/ask-salt')));
const opening = { bid: 250_000_000n, ask: 200_000_000n, bidSalt, askSalt, order };
const { proof, publicSignals, verificationKeyId } = await proveBidCoversAsk(opening);
const key = findCircuitKey(verificationKeyId);
if (key === undefined) {
  throw new Error('the proving key has no committed verification key');
}

process.stdout.write(
  printJson({
    origin: 'node circuits/sample.ts',
    opening: Object.fromEntries(Object.entries(opening).map(([name, value]) => [name, value.toString()])),
    verificationKeyId,
    verificationKey: key.verificationKey as VerificationKeyJson,
    proof,
    publicSignals,
  }),
);
