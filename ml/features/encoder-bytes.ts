/** An encoder from its bytes. */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import type { Schema } from '../table/table.ts';
import { createEncoder, type Encoder } from './encoder.ts';
import { decodePlans, PlanFault } from './plan-bytes.ts';

/** Fails with result_mismatch for bytes that no fit to a table of this schema gives. */
export function decodeEncoder(bytes: Uint8Array, schema: Schema): Result<Encoder> {
  const refuse = (why: string) => fail('result_mismatch', `encoder: ${why}`);
  try {
    const { view, plans } = decodePlans(bytes, schema);
    const encoder = createEncoder(view, schema, plans);
    if (encoder.cols === 0) return refuse('no columns');
    return equalBytes(encoder.bytes, bytes) ? ok(encoder) : refuse('not canonical');
  } catch (fault) {
    if (fault instanceof PlanFault) return refuse(fault.message);
    throw fault;
  }
}
