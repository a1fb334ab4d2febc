/** Which faults a run has, and how often. Drawn per run, each kind on or off, so that rare combinations come up pure. */
import type { Random } from './random.ts';

export interface Faults {
  /** At each call that an object makes, before it goes out or after its reply has come. */
  readonly crash: number;
  readonly rpcLost: number;
  readonly rpcDuplicated: number;
  /** Of a message, beside the usual delay of some 20 ms. */
  readonly rpcSlow: number;
  readonly databaseFails: number;
  /** A batch is applied, and the caller is told that it failed. */
  readonly replyLost: number;
  /** The caller is told that the batch failed, and it is applied afterwards. */
  readonly appliedLate: number;
  readonly alarmDuplicated: number;
  readonly alarmLate: number;
  /** Each object's clock is off by up to this. */
  readonly skewMs: number;
  /** The clock of the proposing region's object is ahead by so much more. */
  readonly fastClockMs: number;
  /** Objects that are replaced while they go on running. */
  readonly takeovers: number;
  /** The database is put back to an older point, and some seconds later to its newest. */
  readonly restores: number;
  /** Somebody asks a region's seats for a vote on another block than the proposer's. */
  readonly rivals: number;
  readonly deliveryLost: number;
  /** The operator makes a second log, and shows it to some. */
  readonly splitViews: number;
  /** It shows an older checkpoint for the newest. */
  readonly staleViews: number;
  /** It answers falsely what a block or a balance is. */
  readonly lies: number;
  /** The base fee is changed by votes meanwhile: no fault, and few runs wait for it. */
  readonly votes: number;
}

export const NO_FAULTS: Faults = {
  crash: 0,
  rpcLost: 0,
  rpcDuplicated: 0,
  rpcSlow: 0,
  databaseFails: 0,
  replyLost: 0,
  appliedLate: 0,
  alarmDuplicated: 0,
  alarmLate: 0,
  skewMs: 0,
  fastClockMs: 0,
  takeovers: 0,
  restores: 0,
  rivals: 0,
  deliveryLost: 0,
  splitViews: 0,
  staleViews: 0,
  lies: 0,
  votes: 0,
};

export function drawFaults(random: Random): Faults {
  const sometimes = (share: number, most: number): number => (random.chance(share) ? random.next() * most : 0);
  return {
    crash: sometimes(0.7, 0.02),
    rpcLost: sometimes(0.6, 0.15),
    rpcDuplicated: sometimes(0.6, 0.2),
    rpcSlow: sometimes(0.5, 0.1),
    databaseFails: sometimes(0.6, 0.2),
    replyLost: sometimes(0.7, 0.6),
    appliedLate: sometimes(0.4, 0.4),
    alarmDuplicated: sometimes(0.6, 0.3),
    alarmLate: sometimes(0.4, 0.3),
    skewMs: random.chance(0.6) ? random.integer(0, 3_000) : 0,
    takeovers: random.chance(0.5) ? random.integer(1, 4) : 0,
    restores: random.chance(0.25) ? 1 : 0,
    rivals: random.chance(0.4) ? random.integer(1, 4) : 0,
    deliveryLost: sometimes(0.6, 0.4),
    splitViews: random.chance(0.3) ? 1 : 0,
    staleViews: random.chance(0.4) ? random.integer(1, 2) : 0,
    lies: random.chance(0.5) ? random.integer(1, 3) : 0,
    fastClockMs: random.chance(0.2) ? random.integer(15_000, 86_400_000) : 0,
    votes: random.chance(0.07) ? 1 : 0,
  };
}
