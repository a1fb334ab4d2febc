import { utf8ToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { verifySignature } from '../../../protocol/ed25519.ts';
import { ZERO_HASH } from '../../../protocol/hash.ts';
import { headText, logNoteKey, logOrigin, parseHeadText } from '../../../protocol/log/checkpoint.ts';
import { cosignedMessage, parseCosignature, witnessNoteKey } from '../../../protocol/log/cosignature.ts';
import {
  formatNote,
  formatNoteKey,
  isKeyName,
  isSignedBy,
  type NoteSignature,
  noteKeyId,
  parseNote,
  parseNoteKey,
  signatureLine,
} from '../../../protocol/log/note.ts';
import { type CheckpointPolicy, openCheckpoint, policyFault } from '../../../protocol/log/open-checkpoint.ts';
import { merkleRoot } from '../../../protocol/merkle.ts';
import { keyPair } from '../../support/keys.ts';
import { cosign, signedCheckpoint } from '../../support/log.ts';

/** C2SP, signed-note.md, "Example". */
const NOTE_KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const NOTE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;

/** C2SP, tlog-checkpoint.md and tlog-cosignature.md: a checkpoint and the message of its cosignature. */
const HEAD = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
`;
const SIGNED = `${HEAD}
— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;

describe('signed notes', () => {
  test("the specification's key verifies the specification's note, and no other text", () => {
    const key = parseNoteKey(NOTE_KEY);
    const note = parseNote(NOTE);
    if (!key || !note) throw new Error('the example does not parse');
    expect(formatNoteKey(key)).toBe(NOTE_KEY);
    const [line] = note.signatures as [NoteSignature];
    expect(isSignedBy(line, key)).toBe(true);
    expect(verifySignature(key.publicKey, utf8ToBytes(note.text), line.signature)).toBe(true);
    expect(verifySignature(key.publicKey, utf8ToBytes(`${note.text}.`), line.signature)).toBe(false);
    expect(isSignedBy({ ...line, name: 'example.com/fop' }, key)).toBe(false);
  });

  test('a note is written as it was read', () => {
    for (const text of [NOTE, SIGNED]) {
      const note = parseNote(text);
      expect(note && formatNote(note)).toBe(text);
    }
  });

  const WRONG: [string, string][] = [
    ['no signature', `${HEAD}\n`],
    ['no empty line', NOTE.replace('\n\n', '\n')],
    ['no last newline', NOTE.slice(0, -1)],
    ['a spare newline', `${NOTE}\n`],
    ['a carriage return', NOTE.replace('message.', 'message.\r')],
    ['a hyphen for the dash', NOTE.replace('—', '-')],
    ['two spaces', NOTE.replace('— ', '—  ')],
    ['a plus in the name', NOTE.replace('example.com/foo', 'example.com+foo')],
    ['a space of another kind in the name', NOTE.replace('example.com/foo', 'example.com\u2003foo')],
    ['base64 without padding', NOTE.replace('aQM=', 'aQM')],
    ['base64 with spare bits', NOTE.replace('aQM=', 'aQN=')],
    ['base64 of the URL alphabet', SIGNED.replace('q/5IZ', 'q_5IZ')],
    ['a key id and no signature', `${HEAD}\n— example.com/foo Uw2QOg==\n`],
    ['33 signatures', `${HEAD}\n${`— a ${base64.encode(new Uint8Array(68))}\n`.repeat(33)}`],
    ['nothing', ''],
  ];
  test.each(WRONG)('%s: refused', (_, note) => expect(parseNote(note)).toBeUndefined());

  test('32 signatures are read', () => {
    const note = `${HEAD}\n${`— a ${base64.encode(new Uint8Array(68))}\n`.repeat(32)}`;
    expect(parseNote(note)?.signatures).toHaveLength(32);
  });

  test('a text may hold empty lines: the last one parts it from the signatures', () => {
    expect(parseNote(`one\n\n${NOTE}`)?.text).toBe('one\n\nThis is an example message.\n');
  });

  test('names', () => {
    for (const name of ['', 'a b', 'a+b', 'a\n', 'a\u0000', '\ud800', 'x'.repeat(256)])
      expect(isKeyName(name)).toBe(false);
    for (const name of ['a', 'witness.example.com/w1', '证人']) expect(isKeyName(name)).toBe(true);
  });

  const KEYS: [string, string][] = [
    ['another id', NOTE_KEY.replace('530d903a', '530d903b')],
    ['upper-case hex', NOTE_KEY.replace('530d903a', '530D903A')],
    ['another name', NOTE_KEY.replace('foo', 'fop')],
    ['a short key', 'example.com/foo+530d903a+AekyeRrm'],
    ['two parts', 'example.com/foo+530d903a'],
  ];
  test.each(KEYS)('a verifier key with %s: refused', (_, key) => expect(parseNoteKey(key)).toBeUndefined());
});

describe('tree heads', () => {
  test("the specification's", () => {
    const head = parseHeadText(HEAD);
    expect(head).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163n });
    expect(head && headText(head)).toBe(HEAD);
  });

  test.each([
    HEAD.replace('20852163', '020852163'),
    HEAD.replace('20852163', '-1'),
    HEAD.replace('20852163', '0x10'),
    HEAD.replace('20852163', '9223372036854775808'),
    HEAD.replace('20852163', '20852163 '),
    `${HEAD}an extension\n`,
    `\n${HEAD}`,
    HEAD.slice(0, -1),
    HEAD.replace('CsUY', ''),
  ])('%j: refused', (text) => expect(parseHeadText(text)).toBeUndefined());

  test('the empty tree', () => {
    const text = `a\n0\n${base64.encode(merkleRoot([]))}\n`;
    expect(parseHeadText(text)?.size).toBe(0n);
  });
});

describe('cosignatures', () => {
  const line = parseNote(SIGNED)?.signatures[1] as NoteSignature;

  test("the specification's line and message", () => {
    const parsed = parseCosignature(line.signature);
    expect(parsed?.timestampS).toBe(1_679_315_147n);
    expect(new TextDecoder().decode(cosignedMessage(HEAD, 1_679_315_147n))).toBe(
      `cosignature/v1\ntime 1679315147\n${HEAD}`,
    );
  });

  test('a witness signs what its key verifies', () => {
    const pair = keyPair('witness');
    const { key } = pair;
    const witness = { name: 'w', publicKey: key };
    const made = cosign(HEAD, 5n, 'w', pair);
    expect(isSignedBy(made, witnessNoteKey(witness))).toBe(true);
    const parsed = parseCosignature(made.signature);
    if (!parsed) throw new Error('no cosignature');
    expect(parsed.timestampS).toBe(5n);
    expect(verifySignature(key, cosignedMessage(HEAD, 5n), parsed.signature)).toBe(true);
    expect(verifySignature(key, cosignedMessage(HEAD, 6n), parsed.signature)).toBe(false);
    expect(() => cosign(HEAD, -1n, 'w', pair)).toThrow(RangeError);
  });

  test('of another length, or of a time beyond 2^63: refused', () => {
    expect(parseCosignature(line.signature.slice(1))).toBeUndefined();
    expect(parseCosignature(Uint8Array.of(...line.signature, 0))).toBeUndefined();
    expect(parseCosignature(new Uint8Array(72).fill(255))).toBeUndefined();
  });
});

const GENESIS = new Uint8Array(32).fill(3);
const LOG = keyPair('log');
const WITNESSES = ['w1', 'w2', 'w3'].map((name) => ({ name: `example.com/${name}`, pair: keyPair(name) }));
const policy: CheckpointPolicy = {
  genesisHash: GENESIS,
  logKey: LOG.key,
  witnesses: WITNESSES.map(({ name, pair }) => ({ name, publicKey: pair.key })),
  required: 3,
  spareLines: 'ignore',
};
const head = { origin: logOrigin(GENESIS), size: 7n, root: merkleRoot([]) };
const text = headText(head);
const logKey = logNoteKey(GENESIS, LOG.key);
const bare = signedCheckpoint(head, logKey, LOG.seed);
const cosignatures = WITNESSES.map(({ name, pair }, i) => cosign(text, BigInt(100 + i), name, pair));
const withLines = (...lines: readonly (NoteSignature | undefined)[]): string =>
  bare + lines.map((line) => signatureLine(line as NoteSignature)).join('');
const [c1, c2, c3] = cosignatures;
const stranger = cosign(text, 1n, 'example.com/x', keyPair('x'));

async function codeOf(note: string, changes: Partial<CheckpointPolicy> = {}): Promise<string> {
  const opened = await openCheckpoint(note, { ...policy, ...changes }, verifySignature);
  return opened.ok ? 'open' : opened.code;
}

describe('opening a checkpoint', () => {
  test('three of three', async () => {
    const opened = await openCheckpoint(withLines(c1, c2, c3), policy, verifySignature);
    expect(opened).toMatchObject({ ok: true, value: { head, text } });
    expect(opened.ok && opened.value.cosignatures.map(({ timestampS }) => timestampS)).toEqual([100n, 101n, 102n]);
  });

  test('k of m: fewer are refused, more are taken', async () => {
    expect(await codeOf(withLines(c1, c3), { required: 2 })).toBe('open');
    expect(await codeOf(withLines(c3, c1, c2), { required: 2 })).toBe('open');
    expect(await codeOf(withLines(c2), { required: 2 })).toBe('too_few_witnesses');
    expect(await codeOf(bare, { required: 0 })).toBe('open');
    expect(await codeOf(bare, { required: 1 })).toBe('too_few_witnesses');
  });

  test('a key that nobody asked for counts for nothing', async () => {
    expect(await codeOf(withLines(c1, stranger), { required: 1 })).toBe('open');
    expect(await codeOf(withLines(c1, stranger), { required: 2 })).toBe('too_few_witnesses');
    expect(await codeOf(withLines(c1, stranger), { required: 1, spareLines: 'refuse' })).toBe('checkpoint_invalid');
    expect(await codeOf(withLines(c1), { required: 1, spareLines: 'refuse' })).toBe('open');
  });

  test('a known key that signed twice, or falsely, spoils the whole', async () => {
    expect(await codeOf(withLines(c1, c1), { required: 1 })).toBe('checkpoint_invalid');
    const other = cosign(headText({ ...head, size: 8n }), 100n, 'example.com/w1', keyPair('w1'));
    expect(await codeOf(withLines(other, c2), { required: 1 })).toBe('checkpoint_invalid');
    expect(await codeOf(bare + bare.slice(text.length + 1), { required: 0 })).toBe('checkpoint_invalid');
    const short = { ...(c1 as NoteSignature), signature: (c1 as NoteSignature).signature.slice(0, 71) };
    expect(await codeOf(withLines(short), { required: 0 })).toBe('checkpoint_invalid');
  });

  test('another log, another key, no log signature', async () => {
    expect(await codeOf(withLines(c1, c2, c3), { genesisHash: ZERO_HASH })).toBe('foreign_network');
    expect(await codeOf(withLines(c1, c2, c3), { logKey: keyPair('other').key })).toBe('checkpoint_invalid');
    expect(await codeOf(formatNote({ text, signatures: cosignatures }))).toBe('checkpoint_invalid');
    const asWitness = { name: logKey.name, keyId: noteKeyId(logKey), signature: (c1 as NoteSignature).signature };
    expect(await codeOf(formatNote({ text, signatures: [asWitness] }), { required: 0 })).toBe('checkpoint_invalid');
    expect(await codeOf('checkpoint')).toBe('checkpoint_malformed');
  });

  test('each single byte that is changed: refused', async () => {
    const bytes = utf8ToBytes(withLines(c1, c2, c3));
    let refused = 0;
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      if ((await codeOf(new TextDecoder().decode(changed), { spareLines: 'refuse' })) !== 'open') refused++;
    }
    expect(bytes.length).toBeGreaterThan(600);
    expect(refused).toBe(bytes.length);
  }, 120_000);

  test('a policy that makes no sense is told, and not followed', async () => {
    expect(policyFault(policy)).toBeUndefined();
    const [first] = policy.witnesses;
    const twice = [...policy.witnesses, { name: 'again', publicKey: (first as { publicKey: Uint8Array }).publicKey }];
    const faulty: Partial<CheckpointPolicy>[] = [
      { required: 4 },
      { required: -1 },
      { required: 0.5 },
      { witnesses: twice },
      { witnesses: [{ name: 'log', publicKey: LOG.key }], required: 1 },
    ];
    for (const changes of faulty) {
      expect(policyFault({ ...policy, ...changes })).toBeTypeOf('string');
      await expect(codeOf(bare, changes)).rejects.toThrow(RangeError);
    }
  });
});
