/** Predict orders, one after another, each repeated until it is answered: its nonce is known, so none may be lost. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Account } from '../../clients/sdk/account.ts';
import { type Client, createClient } from '../../clients/sdk/client.ts';
import type { PostOptions } from '../../clients/sdk/open-order.ts';
import { newIdempotencyKey } from '../../clients/sdk/transport.ts';
import type { Region } from '../../protocol/regions.ts';
import type { Zhi } from '../../protocol/units.ts';
import { predictRequest, type TestModel, trainedModel } from '../support/jobs.ts';
import { untilAnswered } from '../support/until-answered.ts';

const START_ZHI = 20_000_000_000n as Zhi;
const PAUSE_MS = 15;
const ROWS = 2;

interface ClientParts {
  readonly url: string;
  readonly genesis: string;
  readonly account: Account;
}

export class Orders {
  readonly client: Client;
  /** Ids of what the network answered for with success. */
  readonly acknowledged: string[] = [];
  readonly #model: TestModel;
  readonly #options: PostOptions;

  private constructor(client: Client, model: TestModel, options: PostOptions) {
    this.client = client;
    this.#model = model;
    this.#options = options;
  }

  /** With money, and a model of its own: its nonce 0. */
  static async in(region: Region, funder: Client, options: PostOptions, parts: ClientParts) {
    const client = createClient(parts);
    await funder.transfer(parts.account.address, START_ZHI, region);
    return new Orders(client, await trainedModel(client), options);
  }

  async run(stopped: () => boolean): Promise<void> {
    for (let nonce = 1n; !stopped(); nonce += 1n) {
      const request = { ...predictRequest(this.#model, ROWS), quote: 'compute' } as const;
      // Asks for the chain's height; nothing is posted before it is answered.
      const prepared = await untilAnswered(() => this.client.preparePredict(nonce, request), stopped);
      if (!prepared) return;
      const idempotencyKey = newIdempotencyKey();
      const post = () => this.client.postOrder(prepared, { ...this.#options, idempotencyKey });
      if (!(await untilAnswered(post, stopped))) return;
      this.acknowledged.push(prepared.id);
      await pause(PAUSE_MS);
    }
  }
}
