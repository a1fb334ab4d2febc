/** `hai verify … --log`, `--witness`, `--checkpoint`: a reader against a log that lists other witnesses than its own, and its kept file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import type { Session } from '../../../clients/cli/session.ts';
import { checkLogged, type LogOptions, loggedRows } from '../../../clients/cli/verify/logged.ts';
import { type Light, openLight } from '../../../clients/light/light.ts';
import { createClient } from '../../../clients/sdk/client.ts';
import { encodeHeader, headerHash } from '../../../protocol/block/header.ts';
import { errorNumber } from '../../../protocol/errors.ts';
import { headText } from '../../../protocol/log/checkpoint.ts';
import { type WitnessKey, witnessNoteKey } from '../../../protocol/log/cosignature.ts';
import { noteKeyId, signatureLine } from '../../../protocol/log/note.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { keyPair } from '../../support/keys.ts';
import { cosign } from '../../support/log.ts';
import { ServedLog } from '../../support/served-log.ts';
import { CHAIN, GENESIS, network, SPLIT } from '../log/witness-look.ts';
import { temporaryFolder } from './captured-io.ts';

const NAMES = ['w/1', 'w/2', 'w/3'];
const KEYS = NAMES.map((name): WitnessKey => ({ name, publicKey: keyPair(name).key }));
const [FIRST, SECOND, THIRD] = KEYS as [WitnessKey, WitnessKey, WitnessKey];
const nowS = (): bigint => BigInt(Math.floor(Date.now() / 1000));
const idOf = (witness: WitnessKey): string => bytesToHex(noteKeyId(witnessNoteKey(witness)));

interface Made {
  readonly size: number;
  readonly by: readonly WitnessKey[];
}

/** A log that has these checkpoints, the newest first. */
class Log {
  made: readonly Made[];
  readonly served = new ServedLog(network, CHAIN);
  /** How old cosignatures are. */
  ageS = 5n;
  asked = 0;
  constructor(...made: Made[]) {
    this.made = made;
  }

  note({ size, by }: Made): string {
    const text = headText(this.served.head(size));
    const lines = by.map(({ name }) => signatureLine(cosign(text, nowS() - this.ageS, name, keyPair(name))));
    return this.served.signed(this.served.head(size)) + lines.join('');
  }

  readonly fetch = (async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const { pathname, searchParams } = new URL(String(input));
    if (pathname !== '/v1/log/checkpoint') return this.served.fetch(input, init);
    this.asked++;
    const ids = searchParams.getAll('witness');
    const count = ({ by }: Made) => by.filter((one) => ids.length === 0 || ids.includes(idOf(one))).length;
    const found = this.made.find((one) => count(one) >= Number(searchParams.get('cosignatures')));
    if (found) return new Response(this.note(found));
    return Response.json(
      { code: 'not_found', number: errorNumber('not_found'), status: 404, title: 'x', retryable: false },
      { status: 404 },
    );
  }) as typeof fetch;
}

const opened = openLight({ genesis: network.bytes, pin: GENESIS, verify: verifyFast });
if (!opened.ok) throw new Error(opened.code);
const light: Light = opened.value;

async function check(log: Log, options: LogOptions, wait = async (): Promise<void> => undefined) {
  const client = createClient({ url: 'http://log.test', fetch: log.fetch });
  const header = CHAIN[4] as (typeof CHAIN)[number];
  const final = { header, hash: headerHash(header), bytes: encodeHeader(header) };
  const session = { client: () => client } as unknown as Session;
  return checkLogged(session, light, final as never, options, undefined, wait);
}
const untrusted = (code: string) => ({ name: 'UntrustedError', code });

describe('a reader of some of the listed witnesses', () => {
  const log = () => new Log({ size: 20, by: [FIRST, SECOND] }, { size: 10, by: KEYS });

  test('is given what its own have signed, though others have signed a newer one', async () => {
    expect(await check(log(), { witness: [THIRD] })).toMatchObject({ size: 10n, witnesses: ['w/3'] });
    expect(await check(log(), { witness: [SECOND, THIRD] })).toMatchObject({ size: 10n });
    expect(await check(log(), { witness: KEYS, require: 2 })).toMatchObject({ size: 20n, witnesses: ['w/1', 'w/2'] });
    expect(await check(log(), { log: true })).toMatchObject({ size: 20n, witnesses: [] });
  });

  test('asks again before it says that they have not', async () => {
    const late = new Log({ size: 20, by: [FIRST] });
    const wait = async () => {
      if (late.asked === 3) late.made = [{ size: 20, by: [FIRST, THIRD] }];
    };
    expect(await check(late, { witness: [THIRD] }, wait)).toMatchObject({ size: 20n });
    expect(late.asked).toBe(4);
    const never = new Log({ size: 20, by: [FIRST] });
    await expect(check(never, { witness: [THIRD] })).rejects.toMatchObject(untrusted('too_few_witnesses'));
    expect(never.asked).toBe(15);
    await expect(check(new Log(), { log: true })).rejects.toMatchObject({ name: 'HaiError', code: 'not_found' });
  });

  test('does not ask again about what is false', async () => {
    const log = new Log({ size: 20, by: [FIRST] });
    log.served.headers = SPLIT;
    const other = new ServedLog(network, CHAIN.slice(0, 4));
    log.note = () => other.signed({ ...other.head(), origin: 'elsewhere' });
    await expect(check(log, { log: true })).rejects.toMatchObject(untrusted('foreign_network'));
    expect(log.asked).toBe(1);
  });

  test('is told how old the cosignatures are, and may want them newer', async () => {
    const log = new Log({ size: 20, by: KEYS });
    const logged = await check(log, { witness: KEYS });
    expect(Number(logged?.ageS)).toBeGreaterThanOrEqual(5);
    expect(loggedRows(logged)[0]?.[1]).toMatch(/^20 leaves, co-signed by w\/1, w\/2, w\/3 \(\d+ s ago\)$/);
    expect(await check(log, { witness: KEYS, maxAge: 60 })).toMatchObject({ size: 20n });
    log.ageS = 100n;
    await expect(check(log, { witness: KEYS, maxAge: 60 })).rejects.toMatchObject(untrusted('too_few_witnesses'));
    await expect(check(log, { log: true, maxAge: 60 })).rejects.toMatchObject({ name: 'UsageError' });
    // A clock that is ahead is no reason.
    log.ageS = -100n;
    expect(await check(log, { witness: KEYS, maxAge: 60 })).toMatchObject({ ageS: 0n });
  });
});

describe('a kept checkpoint', () => {
  const kept = () => join(temporaryFolder(), 'kept');
  const sizeIn = (path: string) => Number(readFileSync(path, 'utf8').split('\n')[1]);

  test('of which fewer were required is continued by what more have signed, from there on', async () => {
    const checkpoint = kept();
    const log = new Log({ size: 20, by: [FIRST] }, { size: 10, by: KEYS });
    expect(await check(log, { checkpoint })).toMatchObject({ size: 20n, continues: null });
    const logged = await check(log, { checkpoint, witness: KEYS });
    expect(logged).toMatchObject({ size: 10n, continues: 20n });
    expect(loggedRows(logged)[0]?.[1]).toContain('the beginning of 20');
    expect(sizeIn(checkpoint)).toBe(20);
    log.made = [{ size: 30, by: KEYS }];
    expect(await check(log, { checkpoint, witness: KEYS })).toMatchObject({ size: 30n, continues: 20n });
    expect(sizeIn(checkpoint)).toBe(30);
  });

  test('that the smaller one is not the beginning of convicts the log', async () => {
    const checkpoint = kept();
    const log = new Log({ size: 400, by: [] }, { size: 310, by: KEYS });
    await check(log, { checkpoint });
    log.served.headers = SPLIT;
    await expect(check(log, { checkpoint, witness: KEYS })).rejects.toMatchObject(untrusted('log_forked'));
    expect(sizeIn(checkpoint)).toBe(400);
  });

  test('that is larger than all that the log still has is told as put back', async () => {
    const checkpoint = kept();
    const log = new Log({ size: 20, by: [] }, { size: 10, by: KEYS });
    await check(log, { checkpoint });
    log.served.missing.add('tile/0/000.p/20');
    await expect(check(log, { checkpoint, witness: KEYS })).rejects.toMatchObject(untrusted('log_rolled_back'));
  });

  test('that has what is required is not followed by a smaller one', async () => {
    for (const options of [{}, { witness: KEYS }, { witness: KEYS, require: 2 }]) {
      const checkpoint = kept();
      const log = new Log({ size: 20, by: KEYS });
      await check(log, { checkpoint, ...options });
      log.made = [{ size: 10, by: KEYS }];
      await expect(check(log, { checkpoint, ...options })).rejects.toMatchObject(untrusted('log_rolled_back'));
      expect(sizeIn(checkpoint)).toBe(20);
    }
  });

  test('has the lines of the log and of the named witnesses, and no byte of it can be changed', {
    timeout: 60_000,
  }, async () => {
    const checkpoint = kept();
    const log = new Log({ size: 20, by: KEYS });
    const options = { checkpoint, witness: [FIRST, THIRD] };
    await check(log, options);
    const bytes = readFileSync(checkpoint);
    const text = bytes.toString('utf8');
    expect(text.match(/^— \S+/gm)).toEqual([`— hai-chain/${GENESIS}`, '— w/1', '— w/3']);
    let refused = 0;
    for (let at = 0; at < bytes.length; at++) {
      for (const bit of [1, 0x20, 0x80]) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] as number) ^ bit;
        writeFileSync(checkpoint, flipped);
        await expect(check(log, options), `byte ${at}`).rejects.toMatchObject({ name: 'Refusal' });
        refused++;
      }
    }
    console.log(`kept checkpoint: ${refused} of ${3 * bytes.length} flips refused`);
    expect(refused).toBe(3 * bytes.length);
    writeFileSync(checkpoint, bytes);
    expect(await check(log, options)).toMatchObject({ continues: 20n });
  });

  test('with lines of witnesses that are not named is refused, with a word of why', async () => {
    const checkpoint = kept();
    const log = new Log({ size: 20, by: KEYS });
    await check(log, { checkpoint, witness: KEYS });
    await expect(check(log, { checkpoint })).rejects.toMatchObject({ name: 'Refusal', code: 'checkpoint_invalid' });
    await expect(check(log, { checkpoint })).rejects.toThrow('name the witnesses');
  });
});
