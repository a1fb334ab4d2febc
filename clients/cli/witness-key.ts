/**
 * The key of a witness, in its folder: a service that signs by itself has nobody to ask for a passphrase, so the file's mode is all
 * that guards it. It is no account's key, and signs nothing but checkpoints.
 */
import { join } from 'node:path';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { publicKeyOf } from '../../protocol/ed25519.ts';
import { type WitnessKey, witnessNoteKey } from '../../protocol/log/cosignature.ts';
import { formatNoteKey, isKeyName } from '../../protocol/log/note.ts';
import { signFast } from '../../sealing/signatures.ts';
import { newAccountSeed } from '../sdk/account.ts';
import { Refusal } from './exit-codes.ts';
import { fileExists, readSecretFile, writeSecretFile } from './secret-files.ts';
import { syncFile } from './synced-files.ts';

export interface WitnessSigner {
  readonly witness: WitnessKey;
  /** The key's text form: what clients and deployments list. */
  readonly text: string;
  /** Others than the owner may read the file. */
  readonly isOpen: boolean;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

interface KeyFile {
  readonly name: string;
  readonly seed: string;
}

function parseKeyFile(text: string, path: string): KeyFile {
  try {
    const { name, seed } = JSON.parse(text) as Partial<KeyFile>;
    if (typeof name === 'string' && isKeyName(name) && typeof seed === 'string' && /^[0-9a-f]{64}$/.test(seed)) {
      return { name, seed };
    }
  } catch {
    // Not JSON: refused below, without a word of what is in it.
  }
  throw new Refusal(`${path} is no key of a witness`);
}

/** Made at the first call, with its name; that is for ever, because cosignatures carry it. */
export function witnessSigner(folder: string, name: string | undefined): WitnessSigner {
  const path = join(folder, 'key.json');
  if (!fileExists(path)) makeKey(path, name);
  const { text, isOpen } = readSecretFile(path);
  const file = parseKeyFile(text, path);
  if (name !== undefined && name !== file.name) throw new Refusal(`this witness is called ${file.name}`);
  const seed = hexToBytes(file.seed);
  const witness = { name: file.name, publicKey: publicKeyOf(seed) };
  return {
    witness,
    text: formatNoteKey(witnessNoteKey(witness)),
    isOpen,
    sign: (message) => signFast(seed, message),
  };
}

function makeKey(path: string, name: string | undefined): void {
  const seed = newAccountSeed();
  const chosen = name ?? `hai-witness/${bytesToHex(publicKeyOf(seed)).slice(0, 8)}`;
  if (!isKeyName(chosen)) throw new Refusal('a name has no spaces and no plus signs');
  const file: KeyFile = { name: chosen, seed: bytesToHex(seed) };
  writeSecretFile(path, `${JSON.stringify(file)}\n`, false);
  // Whoever is told the key trusts it for ever.
  syncFile(path);
}
