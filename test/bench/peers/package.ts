import { readFile } from 'node:fs/promises';

/** What a user types to get the engines and the chains: as a script, npm takes the binaries of the Node that runs them. */
export const INSTALL = 'npm run bench:peers';

const ENGINES = new URL('../', import.meta.url);

/** Where an installed package lies, as a URL that ends in a slash. */
export const folderOf = (name: string, prefix = ENGINES): URL => new URL(`node_modules/${name}/`, prefix);

/** The installed version, undefined where the package is absent. */
export async function installedVersion(name: string, prefix = ENGINES): Promise<string | undefined> {
  try {
    const manifest: { version: string } = JSON.parse(
      await readFile(new URL('package.json', folderOf(name, prefix)), 'utf8'),
    );
    return manifest.version;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * A package that the root's type check cannot see, under the narrow interface that its caller states. CommonJS packages
 * whose names Node cannot list come as their default export.
 */
export async function importAs<T>(name: string): Promise<T> {
  const module: T & { readonly default?: T } = await import(name);
  return module.default ?? module;
}
