/** The witnesses that test networks take cosignatures of. */
import { witnessNoteKey } from '../../protocol/log/cosignature.ts';
import { formatNoteKey } from '../../protocol/log/note.ts';
import { keyPair } from './keys.ts';

export const TEST_WITNESSES = ['witness.test/1', 'witness.test/2'].map((name) => ({ name, pair: keyPair(name) }));

export const TEST_WITNESS_KEYS = TEST_WITNESSES.map(({ name, pair }) => ({ name, publicKey: pair.key }));

/** The variable WITNESSES. */
export const witnessesVariable = (): string =>
  TEST_WITNESS_KEYS.map((key) => formatNoteKey(witnessNoteKey(key))).join('\n');
