import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ASSEMBLY_FOLDER } from './layers.ts';

const SKIPPED = new Set(['node_modules', 'dist', 'coverage', ASSEMBLY_FOLDER]);

/**
 * Every `.ts` and `.tsx` file below `root`/`folder`, as paths from `root` with forward slashes, sorted.
 * Skips dot folders, built output and AssemblyScript. A missing folder has no files.
 */
export function sourceFiles(root: string, folder = ''): string[] {
  const found: string[] = [];
  const open = [folder];
  // Bounded by the number of folders on disk: symbolic links are not followed (Dirent.isDirectory is false for them).
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const entry of entriesOf(join(root, at))) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED.has(entry.name) && !entry.name.startsWith('.')) open.push(path);
      if (entry.isFile() && /\.tsx?$/.test(entry.name)) found.push(path);
    }
  }
  return found.sort();
}

function entriesOf(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
