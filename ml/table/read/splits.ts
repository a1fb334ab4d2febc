/** Parts of a set of pictures, as in train/cat/1.png: folders that hold the folders of classes. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import type { Notice } from '../report.ts';

const SPLITS: ReadonlySet<string> = new Set([
  ...['train', 'training', 'test', 'testing', 'val', 'valid', 'validation', 'eval', 'dev'],
  ...['训练', '训练集', '测试', '测试集', '验证', '验证集'],
]);
const isSplit = (folder: string): boolean => SPLITS.has(folder.toLowerCase());

/** Index of the folder that is a part, above that of the class; -1 where there is none. */
const partAt = (folders: readonly string[]): number =>
  folders.findIndex((folder, i) => i + 1 < folders.length && isSplit(folder));

/**
 * Which parts were taken together. A picture in a part but in no class below it is refused, as the part would become a class, and so are
 * parts alone. A folder named so beside others (train, bus, car) is a class like them.
 */
export function splitNotices(paths: readonly string[]): Result<Notice[]> {
  const pictures = paths.map((path) => ({ path, folders: path.split('/').slice(0, -1) }));
  const parts = new Map<string, number>();
  const levels = new Set<string>();
  for (const { folders } of pictures) {
    const at = partAt(folders);
    if (at < 0) continue;
    const part = folders[at] as string;
    parts.set(part, (parts.get(part) ?? 0) + 1);
    levels.add(folders.slice(0, at).join('/'));
  }
  const last = (folders: readonly string[]): string => folders.at(-1) ?? '';
  const arePartsAlone =
    parts.size === 0 &&
    new Set(pictures.map(({ folders }) => last(folders))).size > 1 &&
    pictures.every(({ folders }) => isSplit(last(folders)));
  const loose = pictures.find(
    ({ folders }) =>
      isSplit(last(folders)) && (arePartsAlone || (partAt(folders) < 0 && levels.has(folders.slice(0, -1).join('/')))),
  );
  if (loose) {
    const { path, folders } = loose;
    return fail(
      'dataset_malformed',
      `${path} lies in no folder of a class: ${last(folders)} is a part of a set of pictures`,
      path,
    );
  }
  if (parts.size < 2) return ok([]);
  const count = [...parts.values()].reduce((sum, pictures) => sum + pictures, 0);
  return ok([{ code: 'splits_merged', count, example: [...parts.keys()].join(', ') }]);
}
