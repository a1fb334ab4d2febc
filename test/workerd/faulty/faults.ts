/**
 * Faults that a test arms at named places of the running Worker. One isolate runs the Worker and its objects, so one table
 * serves them all; `arm` replaces it.
 */
export type FaultKind =
  /** Throws instead of the call. */
  | 'before'
  /** Throws after the call: done, and the answer lost. */
  | 'after'
  /** The call is left out, and the caller believes that it was made. */
  | 'lost'
  /** No answer comes, for longer than any test takes. */
  | 'hang'
  /** The call is made twice, one after the other. */
  | 'twice'
  /** The object that was called is torn down after the call; its memory is gone, its storage stays. */
  | 'evict';

export interface Fault {
  /** `Region.recordChunk`, `Checker.check`, `DB.batch`, `PREDICT_QUEUE.send`. */
  readonly at: string;
  readonly kind: FaultKind;
  /** How often. */
  readonly times: number;
  /** Calls that pass before the first. */
  readonly skip?: number;
  /** Only where this region's object is called. */
  readonly region?: string;
}

let armed: { fault: Fault; skip: number; left: number }[] = [];
/** Faults that happened since `arm`, by `at`. */
let happened: Record<string, number> = {};

export function arm(faults: readonly Fault[]): void {
  armed = faults.map((fault) => ({ fault, skip: fault.skip ?? 0, left: fault.times }));
  happened = {};
}

export const faultsSoFar = (): Readonly<Record<string, number>> => happened;

function trip(at: string, region: string | undefined): FaultKind | undefined {
  const found = armed.find(
    ({ fault, left }) => left > 0 && fault.at === at && (fault.region === undefined || fault.region === region),
  );
  if (!found) return undefined;
  if (found.skip > 0) {
    found.skip -= 1;
    return undefined;
  }
  found.left -= 1;
  happened[at] = (happened[at] ?? 0) + 1;
  return found.fault.kind;
}

const HANG_MS = 600_000;

export interface Place {
  readonly at: string;
  readonly region?: string | undefined;
  /** Tears the called object down. */
  readonly evict?: () => void;
}

export async function withFaults<T>({ at, region, evict }: Place, call: () => Promise<T>): Promise<T> {
  const kind = trip(at, region);
  if (kind === 'before') throw new Error(`fault before ${at}`);
  if (kind === 'lost') return undefined as T;
  if (kind === 'hang') await new Promise((goOn) => setTimeout(goOn, HANG_MS));
  const answer = await call();
  if (kind === 'twice') return call();
  if (kind === 'evict') evict?.();
  if (kind === 'after') throw new Error(`fault after ${at}`);
  return answer;
}
