/** Exit codes of `hai`: a number is for ever. docs/cli.md lists them. */
import { type ErrorCode, errorNumber, errorRow, type Failure } from '../../protocol/errors.ts';
import { HaiError, UnreachableError, UntrustedError } from '../sdk/errors.ts';

export const EXIT = {
  ok: 0,
  /** What was given does not hold: a receipt, a data set, a passphrase; or the order ended without a result. */
  refused: 1,
  usage: 2,
  /** No answer from the network. */
  unreachable: 3,
  /** The network, or the same rule run here beforehand, refused. */
  problem: 4,
  /** The network's answer contradicts what can be recomputed. */
  untrusted: 5,
  /** A fault of ours. */
  fault: 70,
  interrupted: 130,
} as const;
export type ExitName = keyof typeof EXIT;

/** A local refusal, with a code of the closed set where one fits. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly code: ErrorCode | undefined;
  readonly param: string | undefined;

  constructor(message: string, code?: ErrorCode, param?: string) {
    super(message);
    this.code = code;
    this.param = param;
  }

  static of({ code, evidence, param }: Failure): Refusal {
    const { title } = errorRow(code);
    return new Refusal(evidence === undefined ? title : `${title}: ${evidence}`, code, param);
  }
}

/** Wrong use: of options that the parser can't judge by itself. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export class Interrupted extends Error {
  override name = 'Interrupted';
}

/** Whether this is the stop itself, and no fault that came after it: a refusal must be told as what it is. */
export function isStop(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  return (
    error === signal.reason ||
    (error instanceof Error && (error.name === 'AbortError' || error.cause === signal.reason))
  );
}

/** The `error` of a `--json` line. */
export interface ToldError {
  readonly kind: Exclude<ExitName, 'ok'>;
  readonly message: string;
  readonly code?: ErrorCode;
  readonly number?: number;
  readonly param?: string;
  readonly requestId?: string;
  readonly retryable?: boolean;
}

function kindOf(error: unknown): Exclude<ExitName, 'ok'> {
  if (error instanceof Refusal) return 'refused';
  if (error instanceof UsageError) return 'usage';
  if (error instanceof UnreachableError) return 'unreachable';
  if (error instanceof HaiError) return 'problem';
  if (error instanceof UntrustedError) return 'untrusted';
  if (error instanceof Interrupted) return 'interrupted';
  return 'fault';
}

/** Who meets it has a wallet that nobody has paid, most often. */
const UNPAID =
  'nobody has paid it yet: by `hai wallet faucet` where the network is for development, by a transfer otherwise';

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof HaiError && error.code === 'unknown_account' ? `${message}; ${UNPAID}` : message;
}

export function toldError(error: unknown): ToldError {
  const kind = kindOf(error);
  const message = messageOf(error);
  const coded = error instanceof Refusal || error instanceof HaiError || error instanceof UntrustedError;
  if (!coded || error.code === undefined) return { kind, message };
  return {
    kind,
    message,
    code: error.code,
    number: errorNumber(error.code),
    ...(error instanceof UntrustedError || error.param === undefined ? {} : { param: error.param }),
    ...(error instanceof HaiError ? { retryable: error.retryable } : {}),
    ...(error instanceof HaiError && error.requestId !== undefined ? { requestId: error.requestId } : {}),
  };
}
