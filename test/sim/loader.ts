/**
 * What the simulator loads is the source that ships, with three modules put in the place of what a run can't have: the
 * platform's base class of Durable Objects, and the two files of the signature scheme. A mutant is a patch of that source as it
 * is loaded: text that must be there exactly once, else the run fails.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

export interface Patch {
  /** From the repository's root. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const ROOT = new URL('../../', import.meta.url);
const KEYED_HASH = new URL('keyed-hash.ts', import.meta.url).href;
const REPLACED = new Set(['protocol/ed25519.ts', 'sealing/signatures.ts'].map((path) => new URL(path, ROOT).href));
const PLATFORM = 'cloudflare:workers';
const BASE_CLASS = 'export class DurableObject { constructor(ctx, env) { this.ctx = ctx; this.env = env; } }';

export function patched(source: string, patches: readonly Patch[]): string {
  return patches.reduce((text, { file, find, replace }) => {
    const found = text.split(find).length - 1;
    if (found !== 1) throw new Error(`a mutant's text occurs ${found} times in ${file}, not once: ${find}`);
    return text.replace(find, () => replace);
  }, source);
}

/** From here on, in this process. Throws at the import of a file that a patch does not fit. */
export function installLoader(patches: readonly Patch[]): void {
  const byUrl = Map.groupBy(patches, ({ file }) => new URL(file, ROOT).href);
  for (const [url, ofFile] of byUrl) patched(readFileSync(fileURLToPath(url), 'utf8'), ofFile);
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === PLATFORM) return { url: PLATFORM, format: 'module', shortCircuit: true };
      const resolved = next(specifier, context);
      return REPLACED.has(resolved.url) ? { ...resolved, url: KEYED_HASH } : resolved;
    },
    load(url, context, next) {
      if (url === PLATFORM) return { format: 'module', source: BASE_CLASS, shortCircuit: true };
      const ofFile = byUrl.get(url);
      if (!ofFile) return next(url, context);
      const source = patched(readFileSync(fileURLToPath(url), 'utf8'), ofFile);
      return { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}
