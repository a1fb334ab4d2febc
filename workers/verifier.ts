/** The verifier's entrypoint: without storage and without secrets, for a process of its own (durable-objects/verifier/). */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { answer } from '../durable-objects/verifier/answer.ts';

export class Verifier extends WorkerEntrypoint {
  override fetch(request: Request): Promise<Response> {
    return answer(request);
  }
}
