/** What all parts of a run share. */
import { Clock } from './clock.ts';
import { drawFaults, type Faults, NO_FAULTS } from './faults.ts';
import { Random } from './random.ts';

export interface Counts {
  crashes: number;
  takeovers: number;
  lostReplies: number;
  commits: number;
  restores: number;
  rivals: number;
  /** What the operator showed that was not so, and how often somebody noticed. */
  splitViews: number;
  splitViewsDetected: number;
  rollbacks: number;
  rollbacksDetected: number;
  lies: number;
  liesDetected: number;
  /** Changes of the base fee that were enacted. */
  changes: number;
  fastClocks: number;
}

export const noCounts = (): Counts => ({
  crashes: 0,
  takeovers: 0,
  lostReplies: 0,
  commits: 0,
  restores: 0,
  rivals: 0,
  splitViews: 0,
  splitViewsDetected: 0,
  rollbacks: 0,
  rollbacksDetected: 0,
  lies: 0,
  liesDetected: 0,
  changes: 0,
  fastClocks: 0,
});

/** Faults of one run that are printed; the first says most. */
const FAULTS_KEPT = 8;

export class World {
  readonly seed: number;
  readonly random: Random;
  readonly clock: Clock;
  readonly counts = noCounts();
  /** What was found to be wrong. */
  readonly violations: string[] = [];
  /** What the objects logged, for whoever looks into a failing seed. */
  readonly log: string[] = [];
  faults: Faults;

  constructor(seed: number, startMs: number) {
    this.seed = seed;
    this.random = new Random(seed);
    this.clock = new Clock(startMs);
    this.faults = drawFaults(this.random);
  }

  /** In every second run each object has an isolate of its own: what one shows under a name, no other finds. */
  get hasOneIsolate(): boolean {
    return this.seed % 2 === 0;
  }

  quieten(): void {
    const { skewMs, fastClockMs } = this.faults;
    this.faults = { ...NO_FAULTS, skewMs, fastClockMs };
  }

  violated(what: string): void {
    this.note(`VIOLATED ${what}`);
    if (this.violations.length < FAULTS_KEPT) this.violations.push(what);
  }

  note(what: string): void {
    this.log.push(`${this.clock.nowMs} ${what}`);
  }
}
