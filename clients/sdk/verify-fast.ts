/** `hai-chain/light/verify-fast`: the host's own ed25519, for `openLight({ verify: verifyFast })`. */
import type { VerifySignature } from '../../protocol/ed25519.ts';
import { verifyFast as byHost } from '../../sealing/signatures.ts';

/** The same verdict as the light client's reference on every input. */
export const verifyFast: VerifySignature = byHost;
