/**
 * The light client: checks what a server says against a genesis whose hash its reader has pinned. It needs no network, no Node
 * and no DOM; WebCrypto's ed25519 may be injected. Whatever it is given, it answers: what is refused comes back with a code.
 *
 *   const light = openLight({ genesis, pin, verify: verifyFast });
 *   const final = await light.value.header(header, certificate);
 *   const account = light.value.account(final.value, key, value, proof);
 *
 * Executing blocks, zk proofs and swap claims are chunks of their own, loaded when first asked for. What each proof proves, and what
 * it does not: docs/light.md.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { type VerifySignature, verifySignature } from '../../protocol/ed25519.ts';
import type { Result } from '../../protocol/errors.ts';
import type { Genesis } from '../../protocol/genesis.ts';
import type { Hash } from '../../protocol/hash.ts';
import type { OpenedCheckpoint } from '../../protocol/log/open-checkpoint.ts';
import {
  type CertifiedHeader,
  type FinalHeader,
  type FinalHeaderOptions,
  finalHeader,
  type PinnedNetwork,
  parentHeader,
  pinGenesis,
} from '../../protocol/proof/final-header.ts';
import type { KnownProof } from '../../protocol/proof/groth16-circuits.ts';
import type { VerifiedReceipt } from '../../protocol/proof/verify-receipt.ts';
import { fail, ok } from '../../protocol/result.ts';
import type { ClaimStatement } from '../../protocol/swap/claim-statement.ts';
import { type AnyBlock, follows } from './chain.ts';
import { bodyIn, type Included, outcomeIn, transactionIn } from './inclusion.ts';
import { checkpointOf, continues, loggedIn, type WitnessPolicy } from './log.ts';
import { verifyReceiptText } from './receipt-text.ts';
import { accountIn, orderIn, recordIn, supplyIn } from './state.ts';

export interface LightOptions extends FinalHeaderOptions {
  /** Canonical bytes, from anywhere: only the pinned ones are taken. */
  readonly genesis: Uint8Array;
  /** The hash that the genesis must have: 64 lower-case hex digits, from a source that the reader trusts. */
  readonly pin: string;
  /** Of ed25519; must equal `verifySignature` on every input, as `verifyFast` of sealing/signatures.ts does. The slow reference unless given. */
  readonly verify?: VerifySignature;
}

const PIN = /^[0-9a-f]{64}$/;

/** Refuses with `invalid_field` (the pin), `genesis_invalid` or `foreign_network`. */
export function openLight(options: LightOptions): Result<Light> {
  if (!PIN.test(options.pin)) return fail('invalid_field', 'a genesis hash has 64 lower-case hex digits', 'pin');
  const network = pinGenesis(options.genesis, hexToBytes(options.pin));
  return network.ok ? ok(new Light(network.value, options)) : network;
}

export class Light {
  readonly genesis: Genesis;
  /** Of the genesis: the network's name wherever something is signed. */
  readonly hash: Hash;
  readonly #verify: VerifySignature;
  readonly #options: FinalHeaderOptions;

  /** Made by `openLight`, which checks the pin. */
  constructor(network: PinnedNetwork, { verify = verifySignature, regimes }: LightOptions) {
    this.genesis = network.genesis;
    this.hash = network.hash;
    this.#verify = verify;
    this.#options = regimes ? { regimes } : {};
  }

  /**
   * A header that a quorum of the seats made final; its regime is in it. Refuses with `header_invalid`, `foreign_network`,
   * `seat_set_unknown`, `regime_refused` or `certificate_invalid`.
   */
  header(header: Uint8Array, certificate: Uint8Array): Promise<Result<CertifiedHeader>> {
    return finalHeader(this, header, certificate, this.#verify, this.#options);
  }

  /** The header that a final one names as its parent: final with it, without a certificate. Refuses as `header` does. */
  parent(child: FinalHeader, header: Uint8Array): Result<FinalHeader> {
    return parentHeader(this, header, child, this.#options);
  }

  /** `next`, if it is the block right after `previous`; undefined stands for the genesis. Refuses with `header_invalid`. */
  follows(previous: FinalHeader | undefined, next: FinalHeader): Result<FinalHeader> {
    return follows(this, previous, next);
  }

  /** The transactions and outcomes of a block, from the bytes of its body. Refuses with `inclusion_invalid`. */
  readonly body = bodyIn;

  /** The transaction at a place of a block. Refuses with `inclusion_invalid`. Its signatures were the seats' to check. */
  transaction(final: FinalHeader, included: Included): ReturnType<typeof transactionIn> {
    return transactionIn(this, final, included);
  }

  /** The outcome of the transaction at a place of a block. Refuses with `inclusion_invalid`. */
  readonly outcome = outcomeIn;

  /** An account after the block, or undefined where it has none. Refuses with `state_proof_invalid`, as the next three do. */
  readonly account = accountIn;
  readonly order = orderIn;
  readonly record = recordIn;
  /** The sum of all balances after the block, from its state root alone. */
  readonly supply = supplyIn;

  /** A receipt.json, byte for byte. Refuses with `receipt_invalid` or `foreign_network`. */
  receipt(text: string): Promise<Result<VerifiedReceipt>> {
    return verifyReceiptText(text, this.hash, this.#verify);
  }

  /**
   * Executes a block again. `previous`: the final header before it, undefined for the first. Refuses as `header` and `follows`
   * do, and with `block_invalid` or `witness_invalid`.
   */
  async block(previous: FinalHeader | undefined, block: AnyBlock): Promise<Result<CertifiedHeader>> {
    const final = await this.header(block.header, block.certificate);
    if (!final.ok) return final;
    const next = this.follows(previous, final.value);
    if (!next.ok) return next;
    const { executes } = await import('./execute.ts');
    const executed = await executes(this, previous, next.value, block, this.#verify);
    return executed.ok ? final : executed;
  }

  /**
   * A checkpoint of the log of headers, with as many cosignatures as the policy wants. Refuses with `checkpoint_malformed`,
   * `foreign_network`, `checkpoint_invalid`, `too_few_witnesses`, or `invalid_field` for a policy that nothing can meet.
   */
  checkpoint(text: string, policy: WitnessPolicy = {}): Promise<Result<OpenedCheckpoint>> {
    return checkpointOf(this, text, policy, this.#verify);
  }

  /** That a final header is in the log under a checkpoint's head. Refuses with `inclusion_invalid`. */
  readonly logged = loggedIn;

  /** That a newer head of the log continues an older one. Refuses with `log_rolled_back` or `log_forked`. */
  readonly continues = continues;

  /**
   * What a holder of the taken-over token signed on claiming. Refuses with `proof_malformed`, `foreign_network`, `proof_invalid`
   * or `bad_signature`. That the record is the holder's, and was not claimed before, is the chain's rule.
   */
  async swapClaim(holder: Uint8Array, statement: Uint8Array, signature: Uint8Array): Promise<Result<ClaimStatement>> {
    const { swapClaimIn } = await import('./swap-claim.ts');
    return swapClaimIn(this, holder, statement, signature);
  }

  /** A Groth16 proof under a key that this network knows. Refuses with `proof_malformed`, `proof_invalid` or `unknown_circuit`. */
  async zkProof(claim: KnownProof): Promise<Result<true>> {
    const { zkProofHolds } = await import('./zk-proof.ts');
    return zkProofHolds(this.genesis, claim);
  }
}
