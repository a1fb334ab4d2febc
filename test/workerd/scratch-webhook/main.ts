export { WebhookEndpoint } from '../../../durable-objects/endpoint/endpoint.ts';
export { PresenceBoard } from '../../../durable-objects/presence/presence.ts';
export default { fetch: () => new Response('scratch') };
