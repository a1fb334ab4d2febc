import { describe, expect, it } from 'vitest';
import { webhookUrlFault } from '../../../durable-objects/endpoint/url.ts';
import { ipv4Fault, parseIpv4 } from '../../../protocol/webhook/ipv4.ts';
import { parseIpv6 } from '../../../protocol/webhook/ipv6.ts';
import { urlPartsFault, WEBHOOK_URL_CHARS_MAX } from '../../../protocol/webhook/url.ts';
import { REFUSED_URLS, TAKEN_URLS } from './urls.ts';

describe('webhookUrlFault', () => {
  it.each(TAKEN_URLS)('takes %s', (url) => {
    expect(webhookUrlFault(url, false)).toBeUndefined();
  });

  it.each(REFUSED_URLS)('refuses %s: %s', (url, reason) => {
    expect(webhookUrlFault(url, false)).toContain(reason);
  });

  it.each(REFUSED_URLS.filter(([, reason]) => !reason.includes('loopback')))(
    'refuses %s on a development network too',
    (url) => {
      expect(webhookUrlFault(url, true)).toBeDefined();
    },
  );

  it.each([
    'http://127.0.0.1:8080/hook',
    'http://127.0.0.1/',
    'http://localhost:3000/',
    'http://[::1]:9/',
    'https://localhost/',
    // Normalised by the platform's parser to 127.0.0.1.
    'http://127.1/',
  ])('takes %s on a development network only', (url) => {
    expect(webhookUrlFault(url, true)).toBeUndefined();
    expect(webhookUrlFault(url, false)).toBeDefined();
  });

  it.each([
    ['http://example.com/', 'https'],
    ['http://user@127.0.0.1/', 'credentials'],
    ['http://10.0.0.1/', 'https'],
    ['https://10.0.0.1/', 'private'],
    ['ftp://127.0.0.1/', 'https'],
  ])('refuses %s on a development network: %s', (url, reason) => {
    expect(webhookUrlFault(url, true)).toContain(reason);
  });

  it('bounds the length', () => {
    const url = (chars: number) => `https://example.com/${'a'.repeat(chars - 20)}`;
    expect(webhookUrlFault(url(WEBHOOK_URL_CHARS_MAX), false)).toBeUndefined();
    expect(webhookUrlFault(url(WEBHOOK_URL_CHARS_MAX + 1), false)).toContain('longer');
  });
});

// A parser that normalises less than Node's: what workerd or a later platform might leave as it was written.
describe('urlPartsFault on hosts as they were written', () => {
  const parts = (hostname: string) => ({ protocol: 'https:', username: '', password: '', hostname });

  it('takes a name whose last label only looks like a number', () => {
    expect(urlPartsFault(parts('127.0.0.0x7g'), false)).toBeUndefined();
  });

  it.each([
    ['0x7f000001', 'loopback'],
    ['2130706433', 'loopback'],
    ['017700000001', 'loopback'],
    ['0177.0.0.1', 'loopback'],
    ['0x7f.1', 'loopback'],
    ['127.1', 'loopback'],
    ['127.0.1', 'loopback'],
    ['127.0.0.1.', 'loopback'],
    ['0', 'unspecified'],
    ['0x', 'unspecified'],
    ['4294967295', 'reserved'],
    ['4294967296', 'malformed'],
    ['1.2.3.4.5', 'malformed'],
    ['256.1.1.1', 'malformed'],
    ['127..1', 'malformed'],
    ['127.0.0.09', 'malformed'],
    ['LOCALHOST', 'loopback'],
    ['localhost.', 'loopback'],
    ['a.LocalHost.', 'loopback'],
    ['localhost..', 'malformed'],
    ['', 'malformed'],
    ['.', 'malformed'],
    ['exa mple.com', 'malformed'],
    ['ex%61mple.com', 'malformed'],
    ['127。0。0。1', 'malformed'],
    ['１２７.0.0.1', 'malformed'],
    ['[::ffff:127.0.0.1]', 'mapped'],
    ['[::FFFF:7F00:1]', 'mapped'],
    ['[0:0:0:0:0:ffff:127.0.0.1]', 'mapped'],
    ['[::127.0.0.1]', 'compatible'],
    ['[fe80::1%25eth0]', 'malformed'],
    ['[::1', 'malformed'],
    ['[1::2::3]', 'malformed'],
    ['[1:2:3:4:5:6:7]', 'malformed'],
    ['[1:2:3:4:5:6:7:8:9]', 'malformed'],
    ['[::12345]', 'malformed'],
    ['[::1.2.3]', 'malformed'],
    ['[::1.2.3.4:5]', 'malformed'],
  ])('refuses %s: %s', (hostname, reason) => {
    expect(urlPartsFault(parts(hostname), false)).toContain(reason);
  });
});

describe('addresses', () => {
  it.each([
    ['0.0.0.0', 0],
    ['1.2.3.4', 0x01020304],
    ['1.2.772', 0x01020304],
    ['1.131844', 0x01020304],
    ['16909060', 0x01020304],
    ['0x01020304', 0x01020304],
    ['255.255.255.255', 0xffffffff],
  ])('reads %s', (text, address) => {
    expect(parseIpv4(text)).toBe(address);
  });

  // First and last address of each block, and the neighbours outside.
  it.each([
    ['9.255.255.255', '10.0.0.0', '10.255.255.255', '11.0.0.0'],
    ['100.63.255.255', '100.64.0.0', '100.127.255.255', '100.128.0.0'],
    ['126.255.255.255', '127.0.0.0', '127.255.255.255', '128.0.0.0'],
    ['169.253.255.255', '169.254.0.0', '169.254.255.255', '169.255.0.0'],
    ['172.15.255.255', '172.16.0.0', '172.31.255.255', '172.32.0.0'],
    ['191.255.255.255', '192.0.0.0', '192.0.0.255', '192.0.1.0'],
    ['192.167.255.255', '192.168.0.0', '192.168.255.255', '192.169.0.0'],
    ['198.17.255.255', '198.18.0.0', '198.19.255.255', '198.20.0.0'],
    ['168.63.129.15', '168.63.129.16', '168.63.129.16', '168.63.129.17'],
  ])('%s and %s..%s and %s', (before, first, last, after) => {
    const fault = (text: string) => ipv4Fault(parseIpv4(text) as number);
    expect([before, after].map(fault)).toEqual([undefined, undefined]);
    expect([first, last].map(fault)).not.toContain(undefined);
  });

  it('refuses all of 224.0.0.0 and above', () => {
    expect(ipv4Fault(parseIpv4('223.255.255.255') as number)).toBeUndefined();
    expect(ipv4Fault(parseIpv4('224.0.0.0') as number)).toBe('multicast');
    expect(ipv4Fault(parseIpv4('255.255.255.255') as number)).toBe('reserved');
  });

  it.each([
    ['::', 0n],
    ['::1', 1n],
    ['1::', 1n << 112n],
    ['1:2:3:4:5:6:7:8', 0x00010002000300040005000600070008n],
    ['::ffff:1.2.3.4', 0xffff01020304n],
    ['2606:4700::1111', (0x26064700n << 96n) | 0x1111n],
  ])('reads %s', (text, address) => {
    expect(parseIpv6(text)).toBe(address);
  });
});
