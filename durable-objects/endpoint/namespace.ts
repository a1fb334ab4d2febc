/** From a webhook's id to its object, and to a new one. */
import type { WebhookEndpoint } from './endpoint.ts';

type Endpoints = DurableObjectNamespace<WebhookEndpoint>;

/** A new object, near the caller's region; it costs nothing until `create` succeeds. */
export function newEndpoint(endpoints: Endpoints, locationHint?: DurableObjectLocationHint) {
  return endpoints.get(endpoints.newUniqueId(), locationHint === undefined ? {} : { locationHint });
}

/** Undefined for an id that the namespace never gave out (the platform's ids are authenticated): `unknown_webhook`. */
export function endpointOf(endpoints: Endpoints, id: string) {
  if (!/^[0-9a-f]{64}$/.test(id)) return undefined;
  try {
    return endpoints.get(endpoints.idFromString(id));
  } catch {
    return undefined;
  }
}
