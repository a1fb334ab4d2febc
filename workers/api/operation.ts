/** What describes one route of the API: for its documentation and for its guards alike. */
import type { z } from '@hono/zod-openapi';
import type { ErrorCode } from '../../protocol/errors.ts';

export type Tag =
  | 'Orders'
  | 'Accounts'
  | 'Chain'
  | 'Data'
  | 'Proofs'
  | 'Webhooks'
  | 'Governance'
  | 'Swap'
  | 'Provider'
  | 'Development'
  | 'Service';

export interface Answer {
  readonly description: string;
  /** JSON of this shape; absent for other bodies. */
  readonly schema?: z.ZodType;
  readonly mediaType?: string;
}

/** `empty`: no body is taken. `bytes`: any bytes, their number known beforehand. */
export type Body<B extends z.ZodType> = { readonly json: B } | { readonly bytes: number } | 'empty';

export interface Operation<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly id: string;
  readonly method: 'get' | 'post' | 'delete';
  /** With {parameters}. */
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: Body<B>;
  /** Needs an Idempotency-Key. */
  readonly idempotent?: true;
  /** Needs the headers of protocol/request-auth.ts. */
  readonly signed?: true;
  /** Honours Prefer: wait. */
  readonly prefer?: true;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Codes of its own, beside those that follow from the fields above. */
  readonly refuses: readonly ErrorCode[];
}

export interface Taken<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly body: z.output<B>;
}
