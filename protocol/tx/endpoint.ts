/**
 * Endpoint: an account's own name for a model. `deploy` adds the checked model of one of its orders as the newest version, which
 * answers at once; `activate` has another kept version answer, as a rollback does. Predictions name the version's order, as ever.
 */
import { bytes32, type Decoded, decode, encode, struct, textMax, u32, union } from '../codec.ts';
import { equalBytes } from '../hash.ts';
import { hasCheckedResult } from '../order/lifecycle.ts';
import { isPredicting } from '../order/work.ts';
import {
  ENDPOINT_NAME_MAX,
  endpointPlace,
  endpoints,
  isEndpointName,
  versionOf,
  withVersion,
} from '../record/endpoint.ts';
import { applied, type EntryOutcome, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({
  name: textMax(ENDPOINT_NAME_MAX),
  action: union({ deploy: struct({ order: bytes32 }), activate: struct({ version: u32 }) }),
});
export type EndpointBody = Decoded<typeof bodyCodec>;
export const encodeEndpoint = (body: EndpointBody): Uint8Array => encode(bodyCodec, body);
export const decodeEndpoint = (body: Uint8Array): EndpointBody => decode(bodyCodec, body);

function apply({ name, action }: EndpointBody, { state, sender }: RuleInput): EntryOutcome {
  if (!isEndpointName(name)) return refused('invalid_field');
  const { key } = endpointPlace(sender, name);
  const endpoint = endpoints.read(state, key);
  if (action.kind === 'activate') {
    if (!endpoint || !versionOf(endpoint, action.version)) return refused('unknown_endpoint');
    endpoints.write(state, key, { ...endpoint, active: action.version });
    return applied();
  }
  const made = state.order(action.order);
  if (!made || isPredicting(made.work) || !equalBytes(made.demander, sender)) return refused('unknown_model');
  if (!hasCheckedResult(made.state)) return refused('unknown_model');
  endpoints.write(state, key, withVersion(endpoint, sender, name, action.order));
  return applied();
}

export const endpointRule: Rule<EndpointBody> = {
  decodeBody: (body) => [decodeEndpoint(body)],
  innerSignatures: () => [],
  apply,
};
