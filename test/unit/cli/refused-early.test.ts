/** What `hai train` refuses, most of it before anything is read, sent or paid, and how it says so. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { deployed } from '../../../clients/cli/commands/train-search.ts';
import { Interrupted } from '../../../clients/cli/exit-codes.ts';
import { paramsCell } from '../../../clients/cli/search/live-board.ts';
import { expectWritable } from '../../../clients/cli/secret-files.ts';
import { searchAgain } from '../../../clients/cli/verify/search-again.ts';
import type { Client } from '../../../clients/sdk/client.ts';
import { HaiError } from '../../../clients/sdk/errors.ts';
import { SEARCH_ROWS, searchRequest, smallTable } from '../../support/searches.ts';
import { jsonOf, runHai, temporaryFolder } from './captured-io.ts';

const folder = temporaryFolder();
const payer = 'hai1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0s5fw4ks';

it('--events has the error as a line of stdout, as --json has', async () => {
  const gone = await runHai(['train', join(folder, 'gone.csv'), '--events']);
  expect(jsonOf(gone)).toMatchObject({ error: { kind: 'refused' }, exit: 1 });
  const wrong = await runHai(['train', '--events', '--folds', 'none', 'x.csv']);
  expect(jsonOf(wrong)).toMatchObject({ error: { kind: 'usage' }, exit: 2 });
});

it('a name for a model that will be the payer’s', async () => {
  const ran = await runHai(['train', join(folder, 'gone.csv'), '--name', 'n', '--payer', payer, '--json']);
  expect(jsonOf(ran)).toMatchObject({ error: { kind: 'usage', message: expect.stringContaining('payer') }, exit: 2 });
});

it('a model file that can not be written', async () => {
  const path = join(folder, 'taken');
  mkdirSync(path);
  const csv = join(folder, 't.csv');
  writeFileSync(csv, 'a,y\n1,0\n');
  for (const model of [path, join(csv, 'below-a-file.json')]) {
    expect(() => expectWritable(model), model).toThrow('can not be written');
    const ran = await runHai(['train', csv, '--model', model, '--force', '--json']);
    expect(jsonOf(ran), model).toMatchObject({ error: { kind: 'refused' }, exit: 1 });
  }
  expect(() => expectWritable(join(folder, 'new', 'm.json'))).not.toThrow();
});

it('a name that is refused, behind the model that was paid', async () => {
  const refusing = { deployEndpoint: () => Promise.reject(new HaiError('unknown_model')) } as unknown as Client;
  const tell = vi.fn();
  await expect(deployed(refusing, 'n', '01'.repeat(32), tell)).rejects.toThrow(HaiError);
  expect(tell).toHaveBeenCalledOnce();
});

it('a search is run again until it is stopped', async () => {
  const { work, ...said } = searchRequest();
  const file = { ...said, families: ['mlp'], work: { kind: 'search', ...work }, contentKey: new Uint8Array(32) };
  const again = searchAgain(file as never, smallTable(SEARCH_ROWS), () => {}, AbortSignal.abort());
  await expect(again).rejects.toThrow(Interrupted);
});

it('what a provider names its parameters moves no cursor', () => {
  expect(paramsCell({ '\u001b[2Jdepth': '\u001b]0;x\u0007\u202e6' as never })).toBe('�[2Jdepth=�]0;x��6');
  expect(paramsCell({ 深度: 6 })).toBe('深度=6');
});
