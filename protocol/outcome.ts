/** What a block records of a transaction: 0 = applied, else the error's number; one number an entry. */
import { type Decoded, encode, struct, u16, vec } from './codec.ts';
import { BATCH_ENTRIES_MAX } from './tx/rule.ts';

const outcomeCodec = struct({ entries: vec(u16, BATCH_ENTRIES_MAX) });
export type Outcome = Decoded<typeof outcomeCodec>;
export const encodeOutcome = (outcome: Outcome): Uint8Array => encode(outcomeCodec, outcome);
