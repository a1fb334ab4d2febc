/** The answers of /v1/swap, as protocol/swap/wire.ts types them. */
import { z } from '@hono/zod-openapi';
import type {
  WireSwap,
  WireSwapClaim,
  WireSwapOut,
  WireSwapOutProof,
  WireSwapOuts,
  WireSwapSet,
  WireSwapSets,
} from '../../protocol/swap/wire.ts';
import { addressText, base64Text, decimalText, hexText } from './fields.ts';

const evmAddress = z.string().openapi({ pattern: '^0x[0-9a-f]{40}$' });

const swapSetSchema = z
  .object({ set: hexText, totalZhi: decimalText, claimedZhi: decimalText, registeredMs: decimalText })
  .openapi('SwapSet') satisfies z.ZodType<WireSwapSet>;

export const swapSchema = z
  .object({
    open: z.boolean(),
    network: hexText,
    evmChainId: decimalText,
    token: evmAddress,
    balanceZhi: decimalText.openapi({ description: 'Of the swap account: never below what is promised' }),
    promisedZhi: decimalText.openapi({ description: 'Unclaimed, of all sets' }),
    claimedZhi: decimalText,
    outZhi: decimalText,
    outs: decimalText,
    snapshot: swapSetSchema.nullable(),
  })
  .openapi('Swap') satisfies z.ZodType<WireSwap>;

export const swapSetsSchema = z
  .object({ sets: z.array(swapSetSchema), next: hexText.nullable() })
  .openapi('SwapSets') satisfies z.ZodType<WireSwapSets>;

export const swapClaimSchema = z
  .object({
    set: hexText,
    index: z.int(),
    claim: z
      .object({
        set: hexText.openapi({ description: 'Of the record that was paid: another one where its lock was named' }),
        index: z.int(),
        recipient: addressText,
        amountZhi: decimalText,
        timeMs: decimalText,
      })
      .nullable()
      .openapi({
        description:
          'Null while nobody claimed the record. Of a lock that two sets list it is also null when the other set’s record was paid, unless the lock is named',
      }),
  })
  .openapi('SwapClaim') satisfies z.ZodType<WireSwapClaim>;

const swapOutSchema = z
  .object({
    sequence: decimalText,
    to: evmAddress,
    amountZhi: decimalText,
    sender: addressText,
    transaction: hexText,
    height: decimalText,
    timeMs: decimalText,
  })
  .openapi('SwapOut') satisfies z.ZodType<WireSwapOut>;

export const swapOutsSchema = z
  .object({ outs: z.array(swapOutSchema), next: decimalText.nullable() })
  .openapi('SwapOuts') satisfies z.ZodType<WireSwapOuts>;

export const swapOutProofSchema = z
  .object({
    height: decimalText,
    header: base64Text,
    certificate: base64Text,
    proof: base64Text,
    sequence: decimalText,
    record: base64Text.nullable().openapi({ description: 'Canonical bytes; null: the proof is of its absence' }),
    out: swapOutSchema.nullable(),
  })
  .openapi('SwapOutProof') satisfies z.ZodType<WireSwapOutProof>;
