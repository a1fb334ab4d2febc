import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../clients/cli/exit-codes.ts';
import {
  type Keystore,
  openKeystore,
  parseKeystore,
  STANDARD_COST,
  sealKeystore,
} from '../../../clients/cli/keystore.ts';

/** The scrypt vector of ethereum.org, Web3 Secret Storage Definition, "Test Vectors"; password `testpassword`. */
const PUBLIC_VECTOR = `{
  "crypto" : {
    "cipher" : "aes-128-ctr",
    "cipherparams" : { "iv" : "83dbcc02d8ccb40e466191a123791e0e" },
    "ciphertext" : "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
    "kdf" : "scrypt",
    "kdfparams" : {
      "dklen" : 32,
      "n" : 262144,
      "p" : 8,
      "r" : 1,
      "salt" : "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"
    },
    "mac" : "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"
  },
  "id" : "3198bc9c-6672-5ab3-d995-4942343ae5b6",
  "version" : 3
}`;
const PUBLIC_SECRET = '7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d';

const CHEAP = { n: 2, r: 1, p: 1 };
const secret = new Uint8Array(32).fill(7);

describe('the public vector', () => {
  it('opens', async () => {
    expect(bytesToHex(await openKeystore(parseKeystore(PUBLIC_VECTOR), 'testpassword'))).toBe(PUBLIC_SECRET);
  });

  it('is refused under a wrong passphrase', async () => {
    await expect(openKeystore(parseKeystore(PUBLIC_VECTOR), 'testpasswore')).rejects.toThrow('passphrase');
  });
});

describe('a keystore of ours', () => {
  it('opens to the secret, whatever it and its passphrase are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.string({ unit: 'binary' }),
        async (key, passphrase) => {
          const keystore = await sealKeystore(key, passphrase, 'hai1...', CHEAP);
          const again = parseKeystore(JSON.stringify(keystore));
          expect(await openKeystore(again, passphrase)).toEqual(key);
          await expect(openKeystore(again, `${passphrase}x`)).rejects.toThrow(Refusal);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('opens with the same letters in other code points', async () => {
    const keystore = await sealKeystore(secret, 'Schl\u00fcssel', '', CHEAP);
    expect(await openKeystore(keystore, 'Schlu\u0308ssel')).toEqual(secret);
  });

  it('is refused with any byte of it changed', async () => {
    const keystore = await sealKeystore(secret, 'passphrase', '', CHEAP);
    const { crypto } = keystore;
    const flipped = (hex: string) => bytesToHex(hexToBytes(hex).map((byte, i) => (i === 3 ? byte ^ 1 : byte)));
    const changes: Partial<Keystore['crypto']>[] = [
      { ciphertext: flipped(crypto.ciphertext) },
      { mac: flipped(crypto.mac) },
      { kdfparams: { ...crypto.kdfparams, salt: flipped(crypto.kdfparams.salt) } },
      { kdfparams: { ...crypto.kdfparams, n: 4 } },
    ];
    for (const change of changes) {
      await expect(openKeystore({ ...keystore, crypto: { ...crypto, ...change } }, 'passphrase')).rejects.toThrow(
        Refusal,
      );
    }
  });

  it('shows nothing of the secret, and never the same bytes twice', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => sealKeystore(secret, 'passphrase', '', CHEAP)));
    expect(JSON.stringify(one)).not.toContain(bytesToHex(secret));
    expect(one?.crypto.ciphertext).not.toBe(two?.crypto.ciphertext);
    expect(one?.id).not.toBe(two?.id);
  });

  it("costs the format's standard unless told otherwise", () => {
    expect(STANDARD_COST).toEqual({ n: 262_144, r: 8, p: 1 });
  });
});

describe('a file that is no keystore', () => {
  const vector = JSON.parse(PUBLIC_VECTOR) as Keystore;
  const changed = (crypto: object, file: object = {}) =>
    JSON.stringify({ ...vector, ...file, crypto: { ...vector.crypto, ...crypto } });
  const cost = (params: object) => changed({ kdfparams: { ...vector.crypto.kdfparams, ...params } });

  it.each([
    ['not JSON', '{', 'not JSON'],
    ['null', 'null', 'version 3'],
    ['a list', '[]', 'version 3'],
    ['another version', changed({}, { version: 1 }), 'version 3'],
    ['no crypto', '{"version":3}', 'kind'],
    ['another kdf', changed({ kdf: 'pbkdf2' }), 'kind'],
    ['another cipher', changed({ cipher: 'aes-256-gcm' }), 'kind'],
    ['a cost that no machine has', cost({ n: 2 ** 40 }), 'cost'],
    ['a cost that takes 4 GB', cost({ n: 2 ** 20, r: 32 }), 'cost'],
    ['a cost that takes for ever', cost({ p: 1000 }), 'cost'],
    ['a cost that is no power of two', cost({ n: 1000 }), 'cost'],
    ['a cost of nothing', cost({ n: 0 }), 'cost'],
    ['a short derived key', cost({ dklen: 16 }), 'cost'],
    ['a short iv', changed({ cipherparams: { iv: '00' } }), 'damaged'],
    ['a secret of another length', changed({ ciphertext: 'd172' }), 'damaged'],
    ['a mac that is no hex', changed({ mac: 'z'.repeat(64) }), 'damaged'],
    ['no salt', cost({ salt: undefined }), 'damaged'],
    ['half a byte of salt', cost({ salt: 'abc' }), 'damaged'],
  ])('%s is refused', (_, text, why) => {
    expect(() => parseKeystore(text)).toThrow(Refusal);
    expect(() => parseKeystore(text)).toThrow(why);
  });
});
