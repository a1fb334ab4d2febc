/**
 * A verifier is a process beside this one that checks signatures and executes proposals: a local network has one, so that it uses a
 * second core, and a deployment may have one. It answers what this isolate would answer. Whatever it does not answer, or not in time,
 * is done here, and for a while nothing more is asked of it.
 */
import { CodecError, encode } from '../../protocol/codec.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import {
  EXECUTION_REFUSALS,
  type ExecuteRequest,
  executeRequest,
  SIGNATURE_VERDICTS,
  type SignaturesRequest,
  type SignatureVerdict,
  signaturesRequest,
  VERIFIER_PATHS,
} from './messages.ts';

export interface VerifierEnv {
  readonly VERIFIER?: Pick<Fetcher, 'fetch'>;
}

/** Less than the seats' votes are waited for; a full block takes some half a second. */
const VERIFIER_MS_MAX = 1_500;
/** Let alone for so long after a failure; twice as long after each further one of the same question, until that is answered. */
const AWAY_MS = 1_000;
const AWAY_MS_MAX = 10_000;

type Question = keyof typeof VERIFIER_PATHS;

const atFirst = () => ({ awayUntilMs: 0, missedMs: 0, nextAwayMs: { signatures: AWAY_MS, execute: AWAY_MS } });
let standing = atFirst();

const present = ({ VERIFIER }: VerifierEnv) => (VERIFIER && Date.now() >= standing.awayUntilMs ? VERIFIER : undefined);

/** Whether one is bound and has not failed of late. */
export const hasVerifier = (env: VerifierEnv): boolean => present(env) !== undefined;

async function answerOf(env: VerifierEnv, question: Question, body: Uint8Array): Promise<Response | undefined> {
  const verifier = present(env);
  if (!verifier) return undefined;
  const signal = AbortSignal.timeout(VERIFIER_MS_MAX);
  const response = await verifier.fetch(`http://verifier${VERIFIER_PATHS[question]}`, { method: 'POST', body, signal });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  return response;
}

/** Undefined when the answer is to be found here. */
async function asked<T>(question: Question, read: () => Promise<T | undefined>): Promise<T | undefined> {
  const sentMs = Date.now();
  try {
    const answer = await read();
    if (answer !== undefined) standing.nextAwayMs[question] = AWAY_MS;
    return answer;
  } catch (error) {
    // What fits no message was not sent, and says nothing of the verifier.
    if (!(error instanceof CodecError)) missed(question, sentMs, (error as Error).message);
    return undefined;
  }
}

/** Told once, of however many questions that were under way. */
function missed(question: Question, sentMs: number, reason: string): void {
  if (sentMs < standing.missedMs || Date.now() < standing.awayUntilMs) return;
  standing.missedMs = Date.now();
  standing.awayUntilMs = Date.now() + standing.nextAwayMs[question];
  standing.nextAwayMs[question] = Math.min(2 * standing.nextAwayMs[question], AWAY_MS_MAX);
  console.error(JSON.stringify({ event: 'verifier_away', reason }));
}

/** Throws unless it has the form of what answer.ts writes: no slip on the way may stand for a verdict. */
function executionVerdict(answer: unknown): Result<null> {
  const { valid, code, evidence } = Object(answer) as Record<string, unknown>;
  if (valid === true) return ok(null);
  const refusal = EXECUTION_REFUSALS.find((one) => one === code);
  if (!refusal || !(evidence === undefined || typeof evidence === 'string')) throw new Error('no such verdict');
  return fail(refusal, evidence);
}

/** What `signatureFault` says of each, or undefined. */
export function askSignatures(env: VerifierEnv, request: SignaturesRequest): Promise<SignatureVerdict[] | undefined> {
  return asked('signatures', async () => {
    const response = await answerOf(env, 'signatures', encode(signaturesRequest, request));
    if (!response) return undefined;
    const numbers = new Uint8Array(await response.arrayBuffer());
    if (numbers.length !== request.transactions.length) throw new Error('an answer to another question');
    return Array.from(numbers, (number) => {
      const verdict = SIGNATURE_VERDICTS[number];
      if (!verdict) throw new Error('no such verdict');
      return verdict;
    });
  });
}

/** Whether the block executes to its header, or undefined. */
export function askExecution(env: VerifierEnv, request: ExecuteRequest): Promise<Result<null> | undefined> {
  return asked('execute', async () => {
    const response = await answerOf(env, 'execute', encode(executeRequest, request));
    return response && executionVerdict(await response.json());
  });
}

/** For tests: what was asked of another network's verifier says nothing of this one's. */
export function forgetVerifier(): void {
  standing = atFirst();
}
