import { readFileSync } from 'node:fs';

export type KeyJson = {
  protocol: string;
  curve: string;
  nPublic: number;
  vk_alpha_1: string[];
  vk_beta_2: string[][];
  vk_gamma_2: string[][];
  vk_delta_2: string[][];
  IC: string[][];
};

export type Sample = {
  opening: Record<'bid' | 'ask' | 'bidSalt' | 'askSalt' | 'order', string>;
  verificationKeyId: string;
  verificationKey: KeyJson;
  proof: { pi_a: string[]; pi_b: string[][]; pi_c: string[]; protocol: string; curve: string };
  publicSignals: string[];
};

const text = readFileSync(new URL('../vectors/groth16-bid-covers-ask.json', import.meta.url), 'utf8');

/** A fresh copy of the committed sample proof, to be spoilt at will. */
export function sample(): Sample {
  return JSON.parse(text) as Sample;
}
