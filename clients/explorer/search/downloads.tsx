/** The model as files: written here when they are asked for, from the bundle that was opened here. */
import { useState } from 'preact/hooks';
import type { Bundle } from '../../../ml/bundle/bundle.ts';
import { ok, type Result } from '../../../protocol/errors.ts';
import { HaiError } from '../../sdk/errors.ts';
import { ErrorAlert } from '../parts/refusal.tsx';
import { useText } from '../text/language.ts';
import type { Found } from './found.ts';

interface DownloadsProps {
  readonly found: Found;
  readonly bundle: Bundle;
}

type Content = Uint8Array | string;

async function onnxOf(bundle: Bundle): Promise<Result<Content>> {
  const { exportOnnx } = await import('../../../ml/export/onnx/export.ts');
  return exportOnnx(bundle);
}

async function xgboostOf(bundle: Bundle, member: number): Promise<Result<Content>> {
  const { exportXgboost } = await import('../../../ml/export/xgboost/export.ts');
  return exportXgboost(bundle, member);
}

export function Downloads({ found, bundle }: DownloadsProps) {
  const { search, tag: language } = useText();
  const text = search.report;
  const [error, setError] = useState<unknown>();
  const [isMaking, setMaking] = useState(false);
  const name = (bundle.target || 'model').replace(/[^\p{L}\p{N}_-]+/gu, '-');
  const make = async (file: string, type: string, content: () => Promise<Result<Content>>): Promise<void> => {
    setMaking(true);
    setError(undefined);
    try {
      const made = await content();
      if (!made.ok) throw HaiError.of(made);
      save(file, type, made.value);
    } catch (fault) {
      setError(fault);
    }
    setMaking(false);
  };
  const bytes = async (): Promise<Result<Content>> => ok(found.bytes);
  const card = async (): Promise<Result<Content>> => {
    const { modelCard } = await import('../../../ml/report/card.ts');
    return ok(modelCard(bundle.report, language));
  };
  return (
    <>
      <div class="buttons">
        <button
          type="button"
          disabled={isMaking}
          onClick={() => make(`${name}.onnx`, 'application/octet-stream', () => onnxOf(bundle))}
        >
          {text.onnx}
        </button>
        {bundle.members.map(({ family }, member) =>
          family === 'boost' ? (
            <button
              key={member}
              type="button"
              disabled={isMaking}
              onClick={() =>
                make(`${name}-${member + 1}.xgboost.json`, 'application/json', () => xgboostOf(bundle, member))
              }
            >
              {text.xgboost(member + 1)}
            </button>
          ) : null,
        )}
        <button
          type="button"
          disabled={isMaking}
          onClick={() => make(`${name}.hai-bundle`, 'application/octet-stream', bytes)}
        >
          {text.bundle}
        </button>
        <button type="button" disabled={isMaking} onClick={() => make(`${name}.md`, 'text/markdown', card)}>
          {text.card}
        </button>
      </div>
      <p role="status">{isMaking ? text.making : ''}</p>
      {error === undefined ? null : <ErrorAlert error={error} />}
    </>
  );
}

/** As if the visitor had followed a link to it. */
function save(name: string, type: string, content: Content): void {
  const url = URL.createObjectURL(new Blob([content as BlobPart], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it by the next task.
  setTimeout(() => URL.revokeObjectURL(url));
}
