/**
 * The layer check: `node tools/check-layers.ts [root]`.
 *
 * Refuses an import that breaks the table in layers.ts, a TypeScript file in no layer, and its own blindness: a
 * dependency-cruiser that cannot read TypeScript passes green on no modules at all, so every source file on disk must be
 * among the modules that it reports.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import { forbidden, options } from './layer-rules.ts';
import { LAYERS, UNLAYERED } from './layers.ts';
import { isMain, report } from './report.ts';
import { sourceFiles } from './source-files.ts';

export type Cruise = (root: string, folders: readonly string[]) => Promise<ICruiseResult>;

/** Returns one line for each fault, none when the tree obeys. `look` is injected so that its blindness can be tested. */
export async function layerFaults(root: string, look: Cruise = cruiseFolders): Promise<string[]> {
  const expected = sourceFiles(root).filter((path) => path.includes('/') && !isIn(path, UNLAYERED));
  const folders = LAYERS.map((layer) => layer.folder);
  const homeless = expected.filter((path) => !isIn(path, folders));
  const present = folders.filter((folder) => existsSync(join(root, folder)));
  if (present.length === 0) return [`${root}: none of the layered folders is here`];
  const { modules, summary } = await look(root, present);
  const seen = new Set(modules.map((module) => module.source));
  const unseen = expected.filter((path) => isIn(path, folders) && !seen.has(path));
  return [
    ...homeless.map((path) => `${path}: its folder has no row in tools/layers.ts`),
    ...(unseen.length === 0 ? [] : [`dependency-cruiser missed ${unseen.length} of ${expected.length} source files:`]),
    ...unseen.map((path) => `${path}: not seen by dependency-cruiser`),
    ...summary.violations.map((found) => `${found.from}: imports ${found.to} [${found.rule.name}: ${reason(found)}]`),
  ];
}

async function cruiseFolders(root: string, folders: readonly string[]): Promise<ICruiseResult> {
  const { enhancedResolveOptions, ...rest } = options;
  const settings = { ...rest, baseDir: resolve(root), validate: true, ruleSet: { forbidden }, enhancedResolveOptions };
  const { output } = await cruise([...folders], settings as unknown as ICruiseOptions);
  if (typeof output === 'string') throw new Error('dependency-cruiser answered with text instead of a result');
  return output;
}

const isIn = (path: string, folders: readonly string[]) => folders.some((folder) => path.startsWith(`${folder}/`));

const commentOf = new Map(forbidden.map((rule) => [rule.name, rule.comment]));
const reason = (found: ICruiseResult['summary']['violations'][number]) =>
  commentOf.get(found.rule.name) ?? found.rule.severity;

if (isMain(import.meta)) report('layers', await layerFaults(resolve(process.argv[2] ?? '.')));
