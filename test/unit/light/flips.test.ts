/** Whatever proves something, changed in a single byte, cut or lengthened: refused with a code, and never with an exception. */
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { type Light, openLight } from '../../../clients/light/light.ts';
import { accountFile, blockFile, parseAccountFile, parseBlockFile } from '../../../clients/light/saved-file.ts';
import { ERRORS, type Result } from '../../../protocol/errors.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { encodeOrderRecord } from '../../../protocol/order/record.ts';
import type { FinalHeader } from '../../../protocol/proof/final-header.ts';
import { decodeReceipt, encodeReceipt } from '../../../protocol/proof/receipt.ts';
import { verifyReceipt } from '../../../protocol/proof/verify-receipt.ts';
import { cachedVerify } from '../../support/cached-verify.ts';
import {
  accountAt,
  checkpointOf,
  lightChain,
  logOf,
  orderProof,
  supplyProof,
  witnessKey,
} from '../../support/light-chain.ts';
import { testNetwork } from '../../support/network.ts';
import { receiptOfLife } from '../../support/receipts.ts';

const MASKS = [0x01, 0x80] as const;
const CODES = new Set<string>(Object.values(ERRORS).map(({ code }) => code));

const network = testNetwork();
const verify = cachedVerify();
const chain = await lightChain(network);
const last = chain.blocks.length - 1;

function opened(): Light {
  const light = openLight({ genesis: network.bytes, pin: bytesToHex(network.hash), verify });
  if (!light.ok) throw new Error(light.code);
  return light.value;
}
const light = opened();

const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

interface Artefact {
  readonly bytes: Uint8Array;
  /** Of bytes that may be anything. */
  readonly check: (bytes: Uint8Array) => Result<unknown> | Promise<Result<unknown>>;
}

async function artefacts(): Promise<Record<string, Artefact>> {
  const block = chain.blocks[last] as (typeof chain.blocks)[number];
  const before = chain.blocks[last - 1] as (typeof chain.blocks)[number];
  const finalOf = async ({ header, certificate }: typeof block): Promise<FinalHeader> => {
    const final = await light.header(header, certificate);
    if (!final.ok) throw new Error(final.evidence);
    return final.value;
  };
  const [final, previous] = [await finalOf(block), await finalOf(before)];
  const friend = network.key('friend').key;
  const nobody = network.key('nobody').key;
  const { value, proof } = accountAt(chain, friend);
  const absence = accountAt(chain, nobody).proof;
  const record = encodeOrderRecord(chain.state.order(chain.order) as never);
  const log = logOf(chain);
  const older = logOf(chain, 3).head;
  const witnesses = ['one', 'two'].map(witnessKey);
  const policy = { witnesses, required: 2, spareLines: 'refuse' } as const;
  const receipt = encodeReceipt(await receiptOfLife(network, 'train'));
  const genesisFail = { ok: false, code: 'receipt_invalid' } as const;
  return {
    genesis: {
      bytes: network.bytes,
      check: (genesis) => openLight({ genesis, pin: bytesToHex(network.hash), verify }),
    },
    receipt: {
      bytes: receipt,
      check: (bytes) => {
        const decoded = decodeReceipt(bytes);
        return decoded ? verifyReceipt(decoded, network.hash, verify) : genesisFail;
      },
    },
    header: { bytes: block.header, check: (header) => light.header(header, block.certificate) },
    certificate: { bytes: block.certificate, check: (certificate) => light.header(block.header, certificate) },
    body: { bytes: block.body, check: (body) => light.body(final, body) },
    witness: { bytes: block.witness, check: (witness) => light.block(previous, { ...block, witness }) },
    'state proof (an account)': { bytes: proof, check: (bytes) => light.account(final, friend, value, bytes) },
    'state proof (an account’s value)': {
      bytes: value as Uint8Array,
      check: (bytes) => light.account(final, friend, bytes, proof),
    },
    'state proof (no account)': { bytes: absence, check: (bytes) => light.account(final, nobody, undefined, bytes) },
    'state proof (an order)': {
      bytes: orderProof(chain),
      check: (bytes) => light.order(final, chain.order, record, bytes),
    },
    'state proof (the supply)': { bytes: supplyProof(chain), check: (bytes) => light.supply(final, bytes) },
    checkpoint: {
      bytes: utf8ToBytes(checkpointOf(network, log.head, ['one', 'two'])),
      check: (bytes) => light.checkpoint(textOf(bytes), policy),
    },
    'checkpoint (served, under all the witnesses that it has)': {
      bytes: utf8ToBytes(checkpointOf(network, log.head, ['one', 'two'])),
      check: (bytes) => light.checkpoint(textOf(bytes), { witnesses, required: 2 }),
    },
    'checkpoint (kept, by the log alone)': {
      bytes: utf8ToBytes(checkpointOf(network, log.head)),
      check: (bytes) => light.checkpoint(textOf(bytes), { spareLines: 'refuse' }),
    },
    'log inclusion proof': {
      bytes: log.inclusion(final.header.height),
      check: (bytes) => light.logged(final, bytes, log.head),
    },
    'log consistency proof': { bytes: log.consistency(3n), check: (bytes) => light.continues(older, log.head, bytes) },
    'kept account': {
      bytes: utf8ToBytes(accountFile({ genesis: network.bytes, ...block, key: friend, value, proof })),
      check: async (bytes) => {
        const saved = parseAccountFile(textOf(bytes));
        if (!saved) return { ok: false, code: 'proof_malformed' } as const;
        const own = openLight({ genesis: saved.genesis, pin: bytesToHex(network.hash), verify });
        if (!own.ok) return own;
        const header = await own.value.header(saved.header, saved.certificate);
        if (!header.ok) return header;
        // A file that names another key is the answer to another question.
        if (!equalBytes(saved.key, friend)) return { ok: false, code: 'state_proof_invalid' } as const;
        return own.value.account(header.value, saved.key, saved.value, saved.proof);
      },
    },
    'kept block': {
      bytes: utf8ToBytes(blockFile({ genesis: network.bytes, previous: before, ...block })),
      check: async (bytes) => {
        const saved = parseBlockFile(textOf(bytes));
        if (!saved?.previous) return { ok: false, code: 'proof_malformed' } as const;
        const own = openLight({ genesis: saved.genesis, pin: bytesToHex(network.hash), verify });
        if (!own.ok) return own;
        const ground = await own.value.header(saved.previous.header, saved.previous.certificate);
        return ground.ok ? own.value.block(ground.value, saved) : ground;
      },
    },
  };
}

const made = await artefacts();

/** Refusals of `changed`, or the first that is none. */
async function refusals(check: Artefact['check'], changed: Iterable<Uint8Array>): Promise<number> {
  let refused = 0;
  for (const bytes of changed) {
    const result = await check(bytes);
    if (result.ok) throw new Error(`accepted: ${bytesToHex(bytes).slice(0, 200)}`);
    if (!CODES.has(result.code)) throw new Error(`no code of the table: ${result.code}`);
    refused++;
  }
  return refused;
}

function* flips(bytes: Uint8Array): Generator<Uint8Array> {
  for (const mask of MASKS) {
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] as number) ^ mask;
      yield changed;
    }
  }
}

function* cuts(bytes: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < bytes.length; length++) yield bytes.subarray(0, length);
}

const lengthened = (bytes: Uint8Array): Uint8Array[] =>
  [[0], [1], [0x0a], [0xff], [0, 0]].map((more) => Uint8Array.of(...bytes, ...more));

describe('every single byte of', () => {
  test.each(Object.entries(made))('a %s', { timeout: 240_000 }, async (name, { bytes, check }) => {
    expect(await check(bytes)).toMatchObject({ ok: true });
    const flipped = await refusals(check, flips(bytes));
    expect(flipped).toBe(MASKS.length * bytes.length);
    const cut = await refusals(
      check,
      name === 'receipt' || name.startsWith('kept') ? [...cuts(bytes)].filter((_, i) => i % 7 === 0) : cuts(bytes),
    );
    const longer = await refusals(check, lengthened(bytes));
    console.log(`${name}, ${bytes.length} bytes: ${flipped} changed bytes, ${cut} cuts, ${longer} additions refused`);
  });
});

/**
 * As C2SP has it, a reader of served checkpoints passes over lines of keys that it does not know. So a byte of such a line may change,
 * or turn a witness' line into one, and nothing else: what is signed, and by whom, stays what it was, or less.
 */
describe('a served checkpoint with lines that the reader does not ask for', () => {
  const log = logOf(chain);
  const names = ['one', 'two', 'three'];
  const bytes = utf8ToBytes(checkpointOf(network, log.head, names));

  test.each([
    ['no witness', {}],
    ['one of the three', { witnesses: names.slice(0, 1).map(witnessKey), required: 1 }],
    ['two of the three', { witnesses: names.map(witnessKey), required: 2 }],
  ])('under %s: refused, or the same head by no more witnesses', async (name, policy) => {
    const before = await light.checkpoint(textOf(bytes), policy);
    if (!before.ok) throw new Error(before.code);
    let refused = 0;
    let same = 0;
    for (const changed of [...flips(bytes), ...lengthened(bytes), ...cuts(bytes)]) {
      const opened = await light.checkpoint(textOf(changed), policy);
      if (!opened.ok) {
        expect(CODES).toContain(opened.code);
        refused++;
        continue;
      }
      expect(opened.value.head).toEqual(before.value.head);
      expect(opened.value.text).toBe(before.value.text);
      for (const cosignature of opened.value.cosignatures)
        expect(before.value.cosignatures).toContainEqual(cosignature);
      same++;
    }
    // All of the head's bytes and of the log's own line are among those refused.
    const signed = utf8ToBytes(checkpointOf(network, log.head)).length;
    expect(refused).toBeGreaterThanOrEqual(MASKS.length * signed);
    expect(same).toBeGreaterThan(0);
    console.log(`served checkpoint, ${name}: ${refused} changes refused, ${same} of lines that are passed over`);
  });
});

test('every byte of a kept checkpoint with lines of witnesses counts, though none is required', async () => {
  // As `hai --checkpoint` opens the file that it wrote.
  const policy = { witnesses: ['one', 'two'].map(witnessKey), spareLines: 'refuse' } as const;
  const log = logOf(chain);
  const whole = checkpointOf(network, log.head, ['one', 'two']);
  const bytes = utf8ToBytes(whole);
  const check = async (changed: Uint8Array) => light.checkpoint(textOf(changed), policy);
  expect(await check(bytes)).toMatchObject({ ok: true });
  expect(await refusals(check, flips(bytes))).toBe(MASKS.length * bytes.length);
  expect(await refusals(check, lengthened(bytes))).toBe(5);
  // What is left of a file cut between two lines is a checkpoint that fewer have signed.
  const fewer = [checkpointOf(network, log.head), checkpointOf(network, log.head, ['one'])].map(
    (text) => utf8ToBytes(text).length,
  );
  const cut = [...cuts(bytes)].filter(({ length }) => !fewer.includes(length));
  expect(await refusals(check, cut)).toBe(bytes.length - fewer.length);
  for (const [witnesses, length] of fewer.entries()) {
    const opened = await check(bytes.subarray(0, length));
    expect(opened.ok && opened.value.cosignatures).toHaveLength(witnesses);
  }
  console.log(
    `kept checkpoint with witnesses, ${bytes.length} bytes: ${MASKS.length * bytes.length} changed bytes refused`,
  );
});
