/** The answers of the API, as protocol/wire.ts types them: for openapi.json alone, nothing is validated on the way out. */
import { z } from '@hono/zod-openapi';
import { ORDER_STATES, type STEPS } from '../../protocol/order/lifecycle.ts';
import { CHECK_METHODS } from '../../protocol/tx/result-proof.ts';
import type {
  WireAccount,
  WireAccountProof,
  WireAllowance,
  WireBatchOutcome,
  WireBlock,
  WireChain,
  WireConsistencyProof,
  WireInclusionProof,
  WireLog,
  WireOrder,
  WireOrderProof,
  WireProblem,
  WireQuote,
  WireSupplyProof,
  WireTransaction,
  WireWork,
} from '../../protocol/wire.ts';
import { addressText, base64Text, decimalText, hexText, priceTableVersion, regionName } from './fields.ts';

/** zod's optional members may also be undefined; JSON knows no difference. */
type Optional<T> = { [K in keyof T]: Record<never, never> extends Pick<T, K> ? T[K] | undefined : T[K] };

const count = z.int().nonnegative();

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    code: z.string().openapi({ description: 'Stable; docs/errors.md lists them all', example: 'invalid_field' }),
    number: z.int().openapi({ example: 101 }),
    param: z.string().optional().openapi({ description: 'The field, header or column at fault' }),
    request_id: z.string(),
    retryable: z.boolean(),
  })
  .openapi('Problem') satisfies z.ZodType<Optional<WireProblem>>;

export const workSchema = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('train'),
      rows: count,
      features: count,
      hidden: count,
      classes: count,
      epochs: count,
      batch: count,
      seed: decimalText,
    }),
    z.object({ kind: z.literal('predict'), rows: count, model: hexText }),
    z.object({
      kind: z.literal('search'),
      rows: count,
      columns: count,
      classes: count,
      images: z.boolean(),
      trials: count,
      folds: count,
      budget: decimalText,
      rowCycles: count,
      seed: decimalText,
    }),
    z.object({ kind: z.literal('predictTable'), rows: count, model: hexText }),
  ])
  .openapi('Work') satisfies z.ZodType<WireWork>;

export const confirmSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('auto') }),
  z.object({ kind: z.literal('manual'), windowMs: decimalText }),
]);

const stepTimes = z.object({
  intake: decimalText.nullable(),
  match: decimalText.nullable(),
  compute: decimalText.nullable(),
  prove: decimalText.nullable(),
  settle: decimalText.nullable(),
  seal: decimalText.nullable(),
  deliver: decimalText.nullable(),
} satisfies Record<(typeof STEPS)[number], z.ZodType>);

export const orderSchema = z
  .object({
    id: hexText,
    state: z.enum(ORDER_STATES),
    region: regionName,
    demander: addressText,
    nonce: decimalText,
    work: workSchema,
    priceLimitZhi: decimalText,
    confirm: confirmSchema,
    deadlineMs: decimalText,
    quote: z.object({ cycles: decimalText, priceZhi: decimalText, durationMs: decimalText }),
    path: z.enum(['direct', 'queue']),
    attempts: z.array(
      z.object({
        attempt: count,
        provider: addressText,
        verdict: z.enum(['pending', 'passed', 'failed']),
        method: z.enum(CHECK_METHODS).nullable(),
        checkedParts: count.nullable(),
      }),
    ),
    progress: z.object({ chunk: count, chunks: count }).nullable(),
    bill: z.object({ cycles: decimalText, priceZhi: decimalText, refundZhi: decimalText }).nullable(),
    tiles: count
      .nullable()
      .openapi({ description: 'In which the result of a large prediction comes; null for one piece' }),
    results: count.nullable(),
    resultRoot: hexText.nullable(),
    steps: stepTimes,
    block: z.object({ height: decimalText, hash: hexText }).nullable(),
    failure: z.object({ code: z.string(), detail: z.string() }).nullable(),
    final: z.boolean(),
  })
  .openapi('Order') satisfies z.ZodType<WireOrder>;

export const orderAnswerSchema = z
  .object({
    order: orderSchema,
    result: base64Text.nullable().openapi({ description: 'Ciphertext under the order’s content key' }),
  })
  .openapi('OrderAnswer');

export const orderPageSchema = z.object({ orders: z.array(orderSchema), next: z.string().nullable() });

export const transactionSchema = z
  .object({
    hash: hexText,
    type: z.string(),
    sender: addressText,
    nonce: decimalText,
    status: z.enum(['pending', 'applied', 'refused', 'expired']),
    code: z.string().nullable(),
    entries: z.array(z.int()).nullable(),
    height: decimalText.nullable(),
    index: z.int().nullable(),
  })
  .openapi('Transaction') satisfies z.ZodType<WireTransaction>;

export const batchSchema = z
  .object({
    outcomes: z
      .array(
        z
          .object({
            transaction: transactionSchema.nullable(),
            refused: z
              .object({
                code: z.string(),
                number: z.int(),
                title: z.string(),
                detail: z.string().nullable(),
                retryable: z.boolean(),
              })
              .nullable(),
          })
          .openapi('BatchOutcome') satisfies z.ZodType<WireBatchOutcome>,
      )
      .openapi({ description: 'One for each transaction, in the order of the request' }),
  })
  .openapi('TransactionBatch');

export const accountSchema = z
  .object({
    address: addressText,
    homeRegion: regionName,
    balanceZhi: decimalText,
    reservedZhi: decimalText,
    nextNonce: decimalText,
  })
  .openapi('Account') satisfies z.ZodType<WireAccount>;

export const allowanceSchema = z
  .object({ payer: addressText, key: addressText, leftZhi: decimalText, expiryHeight: decimalText })
  .openapi('Allowance') satisfies z.ZodType<WireAllowance>;

const stateProof = {
  height: decimalText,
  header: base64Text,
  certificate: base64Text,
  proof: base64Text.openapi({ description: 'Canonical bytes: the path to the leaf that the key leads to' }),
};

export const accountProofSchema = z
  .object({
    ...stateProof,
    address: addressText,
    account: z
      .object({ balanceZhi: decimalText, nonce: decimalText, homeRegion: regionName })
      .nullable()
      .openapi({ description: 'Null: the proof is of the account’s absence' }),
  })
  .openapi('AccountProof') satisfies z.ZodType<WireAccountProof>;

export const orderProofSchema = z
  .object({
    ...stateProof,
    order: hexText,
    state: z.string().nullable().openapi({ description: 'Null: the proof is of the order’s absence' }),
    record: base64Text.nullable().openapi({ description: 'Canonical bytes of the chain’s record' }),
  })
  .openapi('OrderProof') satisfies z.ZodType<WireOrderProof>;

export const supplyProofSchema = z
  .object({
    ...stateProof,
    proof: base64Text.openapi({ description: 'Canonical bytes: the root, opened' }),
    supplyZhi: decimalText,
  })
  .openapi('SupplyProof') satisfies z.ZodType<WireSupplyProof>;

export const logSchema = z
  .object({
    size: decimalText,
    fault: z
      .object({ code: z.enum(['log_rolled_back', 'header_invalid', 'log_failed']), reason: z.string() })
      .nullable(),
  })
  .openapi('Log') satisfies z.ZodType<WireLog>;

export const inclusionProofSchema = z
  .object({ index: decimalText, size: decimalText, path: z.array(base64Text) })
  .openapi('InclusionProof') satisfies z.ZodType<WireInclusionProof>;

export const consistencyProofSchema = z
  .object({ from: decimalText, to: decimalText, path: z.array(base64Text) })
  .openapi('ConsistencyProof') satisfies z.ZodType<WireConsistencyProof>;

export const blockSchema = z
  .object({
    height: decimalText,
    hash: hexText,
    parent: hexText,
    timeMs: decimalText,
    region: regionName,
    proposerSeat: count,
    epoch: decimalText,
    round: count,
    regime: z.string(),
    txRoot: hexText,
    receiptRoot: hexText,
    stateRoot: hexText,
    supplyZhi: decimalText,
    resourceRoot: hexText,
    commitmentRoot: hexText,
    electionRoot: hexText,
    cyclesBilled: decimalText,
    mintedZhi: decimalText,
    burnedZhi: decimalText,
    transactions: z.array(z.object({ hash: hexText, type: z.string(), outcome: z.array(z.int()) })),
    header: base64Text,
    certificate: base64Text,
    seats: z.array(z.int()),
  })
  .openapi('Block') satisfies z.ZodType<WireBlock>;

export const blockPageSchema = z.object({ blocks: z.array(blockSchema), next: z.string().nullable() });

export const quoteSchema = z
  .object({
    priceTableVersion: priceTableVersion,
    cycles: decimalText,
    homeRegion: regionName,
    quotes: z
      .array(
        z.object({
          provider: addressText,
          region: regionName,
          priceZhi: decimalText,
          durationMs: decimalText,
          sealKey: hexText,
        }),
      )
      .openapi({ description: 'Best first' }),
    checkerSealKey: hexText,
  })
  .openapi('Quote') satisfies z.ZodType<WireQuote>;

export const chainSchema = z
  .object({
    genesis: hexText,
    network: z.string(),
    mode: z.enum(['hosted', 'quorum']),
    profile: z.enum(['production', 'development']),
    tip: z.object({ height: decimalText, hash: hexText, timeMs: decimalText }),
    baseFeeZhi: decimalText,
    supplyZhi: decimalText,
    supplyByClass: z.record(z.string(), decimalText),
  })
  .openapi('Chain') satisfies z.ZodType<WireChain>;
