/** Models that are listed. The key is the hash of the model's bytes as they are stored. */
import { bytes32, type Decoded, struct, u16, u64 } from '../codec.ts';
import { recordTable } from '../state/record.ts';

/** Half of what an order pays: more would be a sale, not a royalty. */
export const ROYALTY_BP_MAX = 5_000;

const modelCodec = struct({
  owner: bytes32,
  /** Basis points of the price of an order that uses the model. */
  royaltyBp: u16,
  /** Poseidon commitment to the model, which a circuit opens, and its place in the commitment tree. */
  commitment: bytes32,
  index: u64,
});
export type Model = Decoded<typeof modelCodec>;
export const models = recordTable('model', modelCodec);
