/**
 * The ERC20 swap: `client.with(swapCalls)`. A claim is signed in the holder's own wallet, from the text that `claimText` gives; any
 * account sends it and pays the fee.
 */

import { bytesToHex } from '@noble/hashes/utils.js';
import { type Region, regionNumber } from '../../protocol/regions.ts';
import { type ClaimStatement, claimStatementOf, encodeClaimStatement } from '../../protocol/swap/claim-statement.ts';
import type { Lock } from '../../protocol/swap/record-set.ts';
import { claimTypedData, type TypedData } from '../../protocol/swap/typed-data.ts';
import { verifyClaim } from '../../protocol/swap/verify.ts';
import type { WireSwap, WireSwapClaim, WireSwapOuts, WireSwapSets } from '../../protocol/swap/wire.ts';
import { encodeSwapIn } from '../../protocol/tx/swap-in.ts';
import { encodeSwapOut } from '../../protocol/tx/swap-out.ts';
import type { Zhi } from '../../protocol/units.ts';
import type { WireTransaction } from '../../protocol/wire.ts';
import { type Context, keyOf } from './context.ts';
import { HaiError } from './errors.ts';
import { servedRecord } from './served-record.ts';
import type { PlacedRecord } from './swap-record.ts';
import { submitTransaction } from './transactions.ts';

export interface ClaimFor {
  /** Address of the account that is paid. */
  readonly recipient: string;
  /** Its home, if the claim creates it: part of what the holder signs. */
  readonly homeRegion: Region;
}

export function swapCalls(context: Context) {
  const { transport } = context;
  const get = <T>(path: string): Promise<T> => transport.json<T>({ method: 'GET', path: `/v1/swap${path}` });

  async function statementOf(record: PlacedRecord, { recipient, homeRegion }: ClaimFor): Promise<ClaimStatement> {
    const { genesis, hash } = await context.network();
    const { set, index, amountZhi } = record;
    const paid = { recipient: keyOf(recipient, 'recipient'), homeRegion: regionNumber(homeRegion) };
    return claimStatementOf({ set, index, amountZhi, ...paid }, genesis, hash);
  }

  return {
    /** As of the last final block. */
    swap: () => get<WireSwap>(''),
    swapSets: (after?: string) => get<WireSwapSets>(`/sets${after === undefined ? '' : `?after=${after}`}`),
    /** With the lock that the record stands for, a claim of it through another set is told too. */
    swapClaim: (set: Uint8Array, index: number, lock?: Lock) => {
      const query = lock ? `?txHash=${bytesToHex(lock.txHash)}&logIndex=${lock.logIndex}` : '';
      return get<WireSwapClaim>(`/claims/${bytesToHex(set)}/${index}${query}`);
    },
    swapOuts: (from = 0n) => get<WireSwapOuts>(`/outs?from=${from}`),

    /** What the holder signs: for `eth_signTypedData_v4`. */
    claimText: async (record: PlacedRecord, claim: ClaimFor): Promise<TypedData> =>
      claimTypedData(await statementOf(record, claim)),

    /**
     * Sends a claim at this account's expense; resolves once it is in a block. `signature`: r, s, v of the holder over the text of
     * this very claim; another is refused here, with HaiError bad_signature, before anything is sent.
     */
    async claimSwap(record: PlacedRecord, claim: ClaimFor, signature: Uint8Array): Promise<WireTransaction> {
      const statement = await statementOf(record, claim);
      if (!verifyClaim(record.holder, encodeClaimStatement(statement), signature))
        throw new HaiError('bad_signature', { detail: 'the holder did not sign this claim', param: 'signature' });
      const { recipient, homeRegion } = statement;
      const { set, records, index, holder, amountZhi, lock, path } = record;
      const body = { set, records, index, holder, amountZhi, lock, path: [...path], recipient, homeRegion, signature };
      return submitTransaction(context, 'swapIn', async () => encodeSwapIn(body));
    },

    /** `to`: 20 bytes. Resolves once it is in a block; the token contract pays when its releasers have signed. */
    swapOut: (to: Uint8Array, amountZhi: Zhi): Promise<WireTransaction> =>
      submitTransaction(context, 'swapOut', async () => encodeSwapOut({ to, amountZhi })),

    /** Bytes for clients/light, which are not verified yet. Throws UntrustedError for what does not decode. */
    swapOutProof: (sequence: bigint) => servedRecord(context, `/v1/swap/outs/${sequence}/proof`),
  };
}
