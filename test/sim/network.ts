/** Calls from object to object: late, lost on the way there or back, in another order, or delivered twice. */
import type { ObjectHost } from './host.ts';
import { lost, type ObjectInstance, type Outcome, type Reply } from './instance.ts';
import type { World } from './world.ts';

const DELAY_MS_MAX = 40;
const SLOW_MS_MAX = 4_000;
/** After this a call whose message was lost fails; half of them never do. */
const LOST_MS = 200;

export class Network {
  readonly #world: World;
  readonly #hosts = new Map<string, ObjectHost>();

  constructor(world: World) {
    this.#world = world;
  }

  add(host: ObjectHost): void {
    this.#hosts.set(host.name, host);
  }

  /** Of one message. */
  #delayMs(): number {
    const { random, faults } = this.#world;
    return random.integer(1, random.chance(faults.rpcSlow) ? SLOW_MS_MAX : DELAY_MS_MAX);
  }

  /** A stub as the platform gives it: any method, by name. `caller` is undefined for who is not an object. */
  stub(caller: ObjectInstance | undefined, name: string): Record<string, (...args: unknown[]) => Promise<unknown>> {
    return new Proxy(Object.create(null), {
      get: (_, method) => {
        // A stub may be returned from an async function: it is not thenable.
        if (typeof method !== 'string' || method === 'then') return undefined;
        return (...args: unknown[]) => this.#call(caller, name, method, args);
      },
    });
  }

  #call(caller: ObjectInstance | undefined, name: string, method: string, args: unknown[]): Promise<unknown> {
    const perform = (reply: Reply<unknown>): void => this.#send(name, method, args, reply);
    if (caller) return caller.call('remote', perform);
    return new Promise((resolve, reject) => {
      perform((outcome, delayMs) => {
        this.#world.clock.after(delayMs, undefined, () =>
          outcome.ok ? resolve(outcome.value) : reject(outcome.error),
        );
      });
    });
  }

  #send(name: string, method: string, args: unknown[], reply: Reply<unknown>): void {
    const { random, faults, clock } = this.#world;
    const host = this.#hosts.get(name);
    if (!host) {
      reply(lost('no such object'), this.#delayMs());
      return;
    }
    let answered = false;
    const answer = (outcome: Outcome<unknown>): void => {
      if (answered) return;
      answered = true;
      if (!random.chance(faults.rpcLost)) reply(outcome, this.#delayMs());
      else if (random.chance(0.5)) reply(lost('the answer was lost'), LOST_MS);
    };
    const copies = random.chance(faults.rpcDuplicated) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (random.chance(faults.rpcLost)) {
        if (random.chance(0.5)) reply(lost('the call was lost'), LOST_MS);
        return;
      }
      clock.after(this.#delayMs(), undefined, () => this.#deliver(host, method, args, answer));
    }
  }

  #deliver(host: ObjectHost, method: string, args: unknown[], answer: (outcome: Outcome<unknown>) => void): void {
    const { instance, run } = host.method(method);
    const failed = (error: Error) => answer({ ok: false, error });
    this.#world.clock.after(0, instance, () => {
      if (!instance.alive) return failed(new Error('the object has gone'));
      if (method === 'voteShown' && !this.#world.hasOneIsolate) return answer({ ok: true, value: undefined });
      instance.onceDead(() => failed(new Error('the object died')));
      run(...args).then((value) => instance.alive && answer({ ok: true, value }), failed);
    });
  }
}
