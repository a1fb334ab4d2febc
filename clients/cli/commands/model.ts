/** hai model: what a model file holds, and what can be made of it. No network once the model is in the file. */
import { type Command, Option } from 'commander';
import type { Bundle } from '../../../ml/bundle/bundle.ts';
import { modelCard } from '../../../ml/report/card.ts';
import { ok, type Result } from '../../../protocol/errors.ts';
import { integerIn } from '../arguments.ts';
import { Refusal } from '../exit-codes.ts';
import { readAnyModelFile } from '../order-files.ts';
import type { Io } from '../output.ts';
import { bundleOfModelFile } from '../search/model-bundle.ts';
import type { OpenedBundle } from '../search/open-bundle.ts';
import { leaderboardText, reportJson, reportText } from '../search/report-text.ts';
import { writeResultFile } from '../secret-files.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';

type Content = string | Uint8Array;

/** Each refuses by name what it can't hold. */
const FORMATS = {
  onnx: async ({ bundle }: OpenedBundle): Promise<Result<Content>> =>
    (await import('../../../ml/export/onnx/export.ts')).exportOnnx(bundle),
  xgboost: async ({ bundle }: OpenedBundle, member?: number): Promise<Result<Content>> =>
    (await import('../../../ml/export/xgboost/export.ts')).exportXgboost(bundle, member),
  bundle: async ({ bytes }: OpenedBundle): Promise<Result<Content>> => ok(bytes),
} as const;
type Format = keyof typeof FORMATS;

const ENDINGS: Record<Format, string> = { onnx: 'onnx', xgboost: 'xgboost.json', bundle: 'hai-bundle' };

interface ExportOptions {
  readonly format: Format;
  readonly member?: number;
  readonly out?: string;
}

export function addModel(program: Command, io: Io): void {
  const model = program.command('model').description('the model of a search: its report, and as other formats');
  const add = (name: string, description: string) =>
    withCommonOptions(model.command(name).description(description).argument('<file>', 'the model file'));
  add('show', 'the whole report').action((path: string, options: CommonOptions) =>
    show(new Session(io, options), path, (opened, bold) => reportText(opened, bold)),
  );
  add('card', 'the model card, as Markdown')
    .addOption(new Option('--lang <language>', 'of the card').choices(['en', 'zh']).default('en'))
    .action((path: string, options: CommonOptions & { lang: 'en' | 'zh' }) =>
      show(new Session(io, options), path, ({ bundle }) => modelCard(bundle.report, options.lang).trimEnd()),
    );
  add('leaderboard', 'every trial').action((path: string, options: CommonOptions) =>
    show(new Session(io, options), path, ({ bundle }) => leaderboardText(bundle.report, Number.POSITIVE_INFINITY)),
  );
  add('export', 'as ONNX, a boosted member as XGBoost JSON, or the bytes of the bundle')
    .addOption(new Option('--format <format>', 'of the file').choices(Object.keys(FORMATS)).default('onnx'))
    .option('--member <n>', 'of several boosted members, this one (xgboost; counted from 0)', integerIn(0, 255))
    .option('-o, --out <file>', 'write it there')
    .action((path: string, options: CommonOptions & ExportOptions) =>
      exportTo(new Session(io, options), path, options),
    );
}

async function opened(session: Session, path: string): Promise<OpenedBundle> {
  const file = readAnyModelFile(path);
  if (file.kind === 'model') throw new Refusal(`${path} is of a single network, not of a search`, 'unknown_model');
  return bundleOfModelFile(session, file, path);
}

async function show(
  session: Session,
  path: string,
  text: (found: OpenedBundle, bold: (text: string) => string) => string,
): Promise<void> {
  const found = await opened(session, path);
  session.out.result(reportJson(found), text(found, session.out.colours.bold));
}

const nameOf = (path: string, { target }: Bundle, format: Format): string =>
  `${path.replace(/(\.model)?\.json$/, '') || target || 'model'}.${ENDINGS[format]}`;

async function exportTo(session: Session, path: string, { format, out, member }: ExportOptions): Promise<void> {
  const found = await opened(session, path);
  const made = await FORMATS[format](found, member);
  if (!made.ok) throw Refusal.of(made);
  const to = out ?? nameOf(path, found.bundle, format);
  writeResultFile(to, made.value);
  const bytes = made.value.length;
  session.out.result({ file: to, format, bytes }, `${bytes} bytes of ${format} in ${to}`);
}
