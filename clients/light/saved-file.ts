/**
 * Files of what was fetched once and is checked without a network: an account's proof, a block with its witness. Like a receipt,
 * each has one text: parsing makes it again and compares, so no byte can change unnoticed.
 */
import { base64 } from '@scure/base';
import type { AnyBlock } from './chain.ts';

const ACCOUNT_FORMAT = 'hai-account-proof/1';
const BLOCK_FORMAT = 'hai-block/1';
/** Body and witness at their largest, in base64. */
const TEXT_MAX = 36 << 20;

export interface SavedAccount {
  readonly genesis: Uint8Array;
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  /** The account's 32 bytes. */
  readonly key: Uint8Array;
  /** Canonical bytes of what it holds; undefined where there is no account. */
  readonly value: Uint8Array | undefined;
  readonly proof: Uint8Array;
}

export interface SavedBlock extends AnyBlock {
  readonly genesis: Uint8Array;
  /** The block before; undefined before the first. */
  readonly previous: Pick<AnyBlock, 'header' | 'certificate'> | undefined;
}

const text = (file: object): string => `${JSON.stringify(file, undefined, 2)}\n`;
const orNull = (bytes: Uint8Array | undefined): string | null => (bytes ? base64.encode(bytes) : null);

export function accountFile({ genesis, header, certificate, key, value, proof }: SavedAccount): string {
  return text({
    format: ACCOUNT_FORMAT,
    genesis: base64.encode(genesis),
    header: base64.encode(header),
    certificate: base64.encode(certificate),
    key: base64.encode(key),
    value: orNull(value),
    proof: base64.encode(proof),
  });
}

export function blockFile({ genesis, previous, header, certificate, body, witness }: SavedBlock): string {
  return text({
    format: BLOCK_FORMAT,
    genesis: base64.encode(genesis),
    previousHeader: orNull(previous?.header),
    previousCertificate: orNull(previous?.certificate),
    header: base64.encode(header),
    certificate: base64.encode(certificate),
    body: base64.encode(body),
    witness: base64.encode(witness),
  });
}

/** What `read` makes of the text's fields, if `write` makes the text of that again. */
function parsed<T>(
  content: string,
  read: (bytes: (name: string) => Uint8Array | undefined) => T,
  write: (made: T) => string,
) {
  if (content.length > TEXT_MAX) return undefined;
  try {
    const fields = JSON.parse(content) as Record<string, unknown> | null;
    const made = read((name) => {
      const value = fields?.[name];
      if (value === null) return undefined;
      if (typeof value !== 'string') throw new TypeError(`no ${name}`);
      return base64.decode(value);
    });
    return write(made) === content ? made : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when the text is not exactly the file of one. */
export const parseAccountFile = (content: string): SavedAccount | undefined =>
  parsed(
    content,
    (bytes): SavedAccount => ({
      genesis: bytes('genesis') as Uint8Array,
      header: bytes('header') as Uint8Array,
      certificate: bytes('certificate') as Uint8Array,
      key: bytes('key') as Uint8Array,
      value: bytes('value'),
      proof: bytes('proof') as Uint8Array,
    }),
    accountFile,
  );

export const parseBlockFile = (content: string): SavedBlock | undefined =>
  parsed(
    content,
    (bytes): SavedBlock => {
      const [header, certificate] = [bytes('previousHeader'), bytes('previousCertificate')];
      return {
        genesis: bytes('genesis') as Uint8Array,
        previous: header && certificate ? { header, certificate } : undefined,
        header: bytes('header') as Uint8Array,
        certificate: bytes('certificate') as Uint8Array,
        body: bytes('body') as Uint8Array,
        witness: bytes('witness') as Uint8Array,
      };
    },
    blockFile,
  );
