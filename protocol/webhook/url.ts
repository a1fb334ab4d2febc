/**
 * Which URLs a webhook may be sent to: https, to a public host, without credentials.
 *
 * This module judges a URL that the platform's own parser took apart, so that what is judged is what is fetched. The parser
 * does not normalise everything (`localhost.`, `[::ffff:7f00:1]`): the rules here do not rely on it.
 *
 * What no check of a URL can see: a public name that resolves to a private address, at once or later (DNS rebinding). A
 * Worker can't resolve a name and then pin the address; on Cloudflare its fetches leave from the public network, on a
 * server of one's own they do not, and an egress filter is needed there.
 */
import { ipv4Fault, parseIpv4 } from './ipv4.ts';
import { ipv6Fault, parseIpv6 } from './ipv6.ts';

/** What `new URL()` gives; `hostname` of an IPv6 address is in brackets. */
export interface UrlParts {
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly hostname: string;
}

export const WEBHOOK_URL_CHARS_MAX = 2048;

/** Names that lead inside some network, or nowhere. Sources: RFC 6761, 6762, 7686, 8375, 9476; ICANN's `internal`. */
const LOCAL_SUFFIXES = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'lan',
  'home',
  'corp',
  'private',
  'arpa',
  'test',
  'example',
  'invalid',
  'onion',
  'alt',
];

/** Metadata services of clouds with names that look public; most others are under `internal` or at 169.254.169.254. */
const METADATA_HOSTS = [
  'metadata.goog',
  'metadata.tencentyun.com',
  'metadata.platformequinix.com',
  'metadata.packet.net',
];

const HOST_CHARS_MAX = 253;

function nameFault(name: string): string | undefined {
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name) || name.length > HOST_CHARS_MAX) return 'the host is malformed';
  const labels = name.split('.');
  const suffix = labels.at(-1) as string;
  if (suffix === 'localhost') return 'the host is loopback';
  if (labels.length === 1) return 'the host is a single label';
  if (LOCAL_SUFFIXES.includes(suffix)) return `the host is under .${suffix}`;
  const metadata = METADATA_HOSTS.some((host) => name === host || name.endsWith(`.${host}`));
  return metadata ? 'the host is cloud metadata' : undefined;
}

function hostFault(hostname: string): string | undefined {
  const host = hostname.toLowerCase();
  if (host.startsWith('[')) {
    const address = host.endsWith(']') ? parseIpv6(host.slice(1, -1)) : undefined;
    if (address === undefined) return 'the host is malformed';
    const kind = ipv6Fault(address);
    return kind && `the host is ${kind}`;
  }
  const address = parseIpv4(host);
  if (address === 'malformed') return 'the host is malformed';
  if (address === undefined) return nameFault(host.endsWith('.') ? host.slice(0, -1) : host);
  const kind = ipv4Fault(address);
  return kind && `the host is ${kind}`;
}

/** The receiver on one's own machine, in its plain spellings only. */
function isPlainLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

/** Why no webhook may be sent there, or undefined. `allowLoopback` (development networks) also admits http to loopback. */
export function urlPartsFault(url: UrlParts, allowLoopback: boolean): string | undefined {
  const loopback = allowLoopback && isPlainLoopback(url.hostname);
  if (url.protocol !== 'https:' && !(loopback && url.protocol === 'http:')) return 'the URL is not https';
  if (url.username !== '' || url.password !== '') return 'the URL carries credentials';
  return loopback ? undefined : hostFault(url.hostname);
}
