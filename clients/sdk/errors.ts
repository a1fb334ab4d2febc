/** What a client throws: the network's refusals, an unreachable network, and answers that contradict what can be recomputed. */
import { codeOfNumber, type ErrorCode, errorNumber, errorRow, type Failure } from '../../protocol/errors.ts';
import type { WireProblem } from '../../protocol/wire.ts';
import { boundedText } from './bounded-body.ts';

/** A refusal from the closed set of protocol/errors.ts, by the API or by the same rule run in this client. */
export class HaiError extends Error {
  override name = 'HaiError';
  readonly code: ErrorCode;
  readonly number: number;
  readonly status: number;
  readonly retryable: boolean;
  readonly detail: string | undefined;
  readonly param: string | undefined;
  /** Absent when this client refused before it asked. */
  readonly requestId: string | undefined;

  constructor(code: ErrorCode, told: { detail?: string; param?: string; requestId?: string; status?: number } = {}) {
    const row = errorRow(code);
    super(told.detail === undefined ? row.title : `${row.title}: ${told.detail}`);
    this.code = code;
    this.number = errorNumber(code);
    this.status = told.status ?? row.http;
    this.retryable = row.retryable;
    this.detail = told.detail;
    this.param = told.param;
    this.requestId = told.requestId;
  }

  static of({ code, evidence, param }: Failure): HaiError {
    return new HaiError(code, {
      ...(evidence === undefined ? {} : { detail: evidence }),
      ...(param === undefined ? {} : { param }),
    });
  }
}

/** No answer: refused connection, cut connection, time-out. The request may or may not have been taken. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}

/** The network said something that this client recomputed and found false. Nothing was signed on its word. */
export class UntrustedError extends Error {
  override name = 'UntrustedError';
  /** Of the closed set, where a check gave one. */
  readonly code: ErrorCode | undefined;

  constructor(message: string, { code, ...options }: ErrorOptions & { code?: ErrorCode } = {}) {
    super(message, options);
    this.code = code;
  }
}

const PROBLEM_BYTES_MAX = 1 << 16;

/** The error in a response that is no success. A body that is no problem document still makes one. */
export async function errorOfResponse(response: Response): Promise<HaiError> {
  const { status } = response;
  let problem: Partial<WireProblem> = {};
  try {
    problem = JSON.parse(await boundedText(response, PROBLEM_BYTES_MAX)) as Partial<WireProblem>;
  } catch {
    // A proxy's page: the status is all there is.
  }
  const code = codeOfNumber(Number(problem.number));
  if (code === undefined)
    return new HaiError('internal', { status, detail: `HTTP ${status} without a problem document` });
  return new HaiError(code, {
    status,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    ...(problem.param === undefined ? {} : { param: problem.param }),
    ...(problem.request_id === undefined ? {} : { requestId: problem.request_id }),
  });
}
