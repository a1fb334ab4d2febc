import { urlPartsFault, WEBHOOK_URL_CHARS_MAX } from '../../protocol/webhook/url.ts';

/**
 * Why no webhook may be sent to `url`, or undefined. It is judged as the platform's parser reads it, because that is how it
 * is fetched. `allowLoopback`: development networks only.
 */
export function webhookUrlFault(url: string, allowLoopback: boolean): string | undefined {
  if (url.length > WEBHOOK_URL_CHARS_MAX) return `the URL is longer than ${WEBHOOK_URL_CHARS_MAX} characters`;
  const parts = URL.parse(url);
  return parts ? urlPartsFault(parts, allowLoopback) : 'the URL does not parse';
}
