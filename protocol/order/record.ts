/** An order as the chain's state holds it: a leaf of the state tree. */
import {
  bytes32,
  type Decoded,
  decode,
  encode,
  oneOf,
  option,
  struct,
  u8,
  u32,
  u64,
  u64As,
  union,
  vec,
} from '../codec.ts';
import type { HpuCycles, UnixMs, Zhi } from '../units.ts';
import { ORDER_STATES } from './lifecycle.ts';
import { ATTEMPTS_MAX } from './matching.ts';
import { workCodec } from './work.ts';

/** `auto`: a passed check confirms. `manual`: the demander confirms, and silence for the window confirms too. */
export const confirmPolicyCodec = union({ auto: struct({}), manual: struct({ windowMs: u64As<UnixMs>() }) });
export type ConfirmPolicy = Decoded<typeof confirmPolicyCodec>;

/** The bill is the quote; that of metered work (order/bill.ts) is, from the claim on, what was claimed. */
const matchRecord = struct({
  provider: bytes32,
  billCycles: u64As<HpuCycles>(),
  billZhi: u64As<Zhi>(),
});

const workClaimRecord = struct({
  chunks: u32,
  cycles: u64As<HpuCycles>(),
  /** Head of the work log's hash chain. */
  logHead: bytes32,
  results: u32,
  resultRoot: bytes32,
});

export const INPUTS_MAX = 4;

export const orderRecordCodec = struct({
  state: oneOf(ORDER_STATES),
  demander: bytes32,
  nonce: u64,
  region: u8,
  work: workCodec,
  /** Held in escrow until the order is finished. */
  priceLimitZhi: u64As<Zhi>(),
  confirm: confirmPolicyCodec,
  openedMs: u64As<UnixMs>(),
  deadlineMs: u64As<UnixMs>(),
  sealedHash: bytes32,
  inputs: vec(bytes32, INPUTS_MAX),
  quoteCycles: u64As<HpuCycles>(),
  attempt: u8,
  excluded: vec(bytes32, ATTEMPTS_MAX),
  match: option(matchRecord),
  claim: option(workClaimRecord),
  checkedMs: u64As<UnixMs>(),
});
export type OrderRecord = Decoded<typeof orderRecordCodec>;

export const encodeOrderRecord = (record: OrderRecord): Uint8Array => encode(orderRecordCodec, record);
export const decodeOrderRecord = (bytes: Uint8Array): OrderRecord => decode(orderRecordCodec, bytes);
