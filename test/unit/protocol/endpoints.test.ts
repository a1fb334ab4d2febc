/** Named endpoints: versions, the one that answers, and a way back. */
import { describe, expect, it } from 'vitest';
import type { Hash } from '../../../protocol/hash.ts';
import {
  ENDPOINT_VERSIONS_MAX,
  endpointPlace,
  endpoints,
  isEndpointName,
  versionOf,
  withVersion,
} from '../../../protocol/record/endpoint.ts';
import { type EndpointBody, encodeEndpoint } from '../../../protocol/tx/endpoint.ts';
import { advance, applyTo } from '../../support/apply.ts';
import type { TestChain } from '../../support/chain.ts';
import { openOrder, steps } from '../../support/order-life.ts';
import { demander, expectRefused, orderAt, stranger, UNKNOWN } from '../../support/order-stages.ts';

const NAME = 'house-prices';
const { key } = endpointPlace(demander.key, NAME);
const send = (chain: TestChain, action: EndpointBody['action'], { by = demander, name = NAME } = {}) =>
  applyTo(chain, chain.sign(by, 'endpoint', encodeEndpoint({ name, action })));
const deploy = (order: Hash) => ({ kind: 'deploy', order }) as const;
const activate = (version: number) => ({ kind: 'activate', version }) as const;

/** Two models under the name. */
function deployed() {
  const { chain, id: first } = orderAt('checked');
  advance(chain, chain.sign(demander, 'endpoint', encodeEndpoint({ name: NAME, action: deploy(first) })));
  const { id: second, bytes } = openOrder(chain, demander);
  for (const step of [bytes, steps.match, steps.work, steps.verdict]) {
    advance(chain, typeof step === 'function' ? step(chain, second) : step);
  }
  advance(chain, chain.sign(demander, 'endpoint', encodeEndpoint({ name: NAME, action: deploy(second) })));
  return { chain, first, second };
}

describe('an endpoint', () => {
  it('answers by its newest version, or by the one that its owner chose', () => {
    const { chain, first, second } = deployed();
    const now = endpoints.read(chain.state, key);
    expect(now).toMatchObject({ owner: demander.key, name: NAME, active: 2, first: 1, versions: [first, second] });
    const back = send(chain, activate(1));
    expect(back.outcome).toEqual(['applied']);
    expect(endpoints.read(back.state, key)).toEqual({ ...now, active: 1 });
  });

  it.each<[string, EndpointBody['action'], object, string]>([
    ['a version that was never there', activate(3), {}, 'unknown_endpoint'],
    ['version nought', activate(0), {}, 'unknown_endpoint'],
    ['another’s name', activate(1), { by: stranger }, 'unknown_endpoint'],
    ['a name that is none', activate(1), { name: 'House prices' }, 'invalid_field'],
    ['an order that is not there', deploy(UNKNOWN), {}, 'unknown_model'],
  ])('refuses %s', (_, action, change, code) => {
    const { chain } = deployed();
    const by = (change as { by?: typeof demander }).by ?? demander;
    expectRefused(chain, by, send(chain, action, change), code);
  });

  it('refuses another’s model, and one that is not checked', () => {
    const { chain, first } = deployed();
    expectRefused(chain, stranger, send(chain, deploy(first), { by: stranger }), 'unknown_model');
    const { id, bytes } = openOrder(chain, demander);
    advance(chain, bytes);
    expectRefused(chain, demander, send(chain, deploy(id)), 'unknown_model');
  });
});

it('keeps its last versions, whose numbers stay', () => {
  const order = (i: number): Hash => new Uint8Array(32).fill(i);
  let endpoint = withVersion(undefined, demander.key, NAME, order(1));
  for (let i = 2; i <= ENDPOINT_VERSIONS_MAX + 3; i++) endpoint = withVersion(endpoint, demander.key, NAME, order(i));
  expect(endpoint).toMatchObject({ active: ENDPOINT_VERSIONS_MAX + 3, first: 4 });
  expect(endpoint.versions).toHaveLength(ENDPOINT_VERSIONS_MAX);
  expect(versionOf(endpoint, 3)).toBeUndefined();
  expect(versionOf(endpoint, 4)).toEqual(order(4));
  expect(versionOf(endpoint, ENDPOINT_VERSIONS_MAX + 4)).toBeUndefined();
});

it.each<[string, boolean]>([
  ['a', true],
  ['churn-2', true],
  ['x'.repeat(64), true],
  ['x'.repeat(65), false],
  ['', false],
  ['-a', false],
  ['a--b', false],
  ['A', false],
  ['a/b', false],
])('the name %j: %s', (name, is) => {
  expect(isEndpointName(name)).toBe(is);
});
