import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../clients/cli/exit-codes.ts';
import { FILE_BYTES_MAX, readBytesFile, readTextFile } from '../../../clients/cli/secret-files.ts';
import { temporaryFolder } from './captured-io.ts';

const folder = temporaryFolder();

function written(text: string): string {
  const path = join(folder, 'file');
  writeFileSync(path, text);
  return path;
}

describe('a file', () => {
  it('is read up to its bound, and refused above', () => {
    const path = written('12345é');
    expect(readTextFile(path, 7)).toBe('12345é');
    expect(readBytesFile(path, 7)).toHaveLength(7);
    expect(() => readTextFile(path, 6)).toThrow(`${path} is longer than 6 bytes`);
    expect(() => readBytesFile(path, 6)).toThrow(Refusal);
    expect(readTextFile(written(''), 0)).toBe('');
  });

  it('is no secret, receipt or checkpoint above a mebibyte', () => {
    expect(readTextFile(written('x'.repeat(FILE_BYTES_MAX.small)))).toHaveLength(FILE_BYTES_MAX.small);
    expect(() => readTextFile(written('x'.repeat(FILE_BYTES_MAX.small + 1)))).toThrow(Refusal);
  });

  it('that is a device or a pipe, which state no length, is bounded too', () => {
    expect(() => readTextFile('/dev/zero')).toThrow('longer than 1048576 bytes');
    expect(() => readTextFile(folder)).toThrow('EISDIR');
    expect(() => readTextFile(join(folder, 'none'))).toThrow('ENOENT');
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    execFileSync('sh', ['-c', 'printf abc > "$0" &', join(folder, 'pipe')], { stdio: 'ignore' });
    expect(readTextFile(join(folder, 'pipe'), 3)).toBe('abc');
  });
});
