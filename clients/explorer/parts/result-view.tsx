/** What the prediction says of the held-out rows, and the same prediction computed again here. */
import { useState } from 'preact/hooks';
import { equalBytes } from '../../../protocol/hash.ts';
import type { Client } from '../../sdk/client.ts';
import { duration, grouped, percent } from '../format.ts';
import { runJob } from '../kernels/run-job.ts';
import { openModel, type Predicted, type Trained } from '../order-flow.ts';
import { useText } from '../text/language.ts';
import { cellsOfRow, DigitImage, labelOf } from './digit-image.tsx';
import { ErrorAlert } from './refusal.tsx';

interface ResultViewProps {
  readonly client: Client;
  readonly trained: Trained;
  readonly predicted: Predicted;
}

export function ResultView({ client, trained, predicted }: ResultViewProps) {
  const { result: text } = useText();
  const { score } = predicted;
  return (
    <div class="result">
      <div class="accuracy">
        <p>
          <strong class="figure" data-accuracy={score.accuracy}>
            {percent(score.accuracy)}
          </strong>
          <span>{text.accuracy}</span>
        </p>
        <small>{text.right(grouped(score.right), grouped(score.rows))}</small>
        <small>{text.opened}</small>
        <Recompute client={client} trained={trained} predicted={predicted} />
      </div>
      <Rows trained={trained} predicted={predicted} />
    </div>
  );
}

const ROWS_SHOWN = 24;

/** Wrong ones first: they are what a reader looks for. */
function rowsToShow(labels: Uint8Array, truth: Uint8Array): number[] {
  const rows = Array.from(labels, (_, row) => row);
  const isWrong = (row: number): boolean => labels[row] !== truth[row];
  return [...rows.filter(isWrong), ...rows.filter((row) => !isWrong(row))].slice(0, ROWS_SHOWN);
}

function Rows({ trained: { set }, predicted: { labels } }: Pick<ResultViewProps, 'trained' | 'predicted'>) {
  const { result: text } = useText();
  const { heldOut, isSample } = set;
  return (
    <figure class="card rows">
      <figcaption>{text.sample}</figcaption>
      <ul class={isSample ? 'digit-rows' : 'plain-rows'}>
        {rowsToShow(labels, heldOut.y).map((row) => {
          const [predicted, truth] = [labelOf(heldOut, labels[row]), labelOf(heldOut, heldOut.y[row])];
          return (
            <li key={row} class={predicted === truth ? 'right' : 'wrong'}>
              {isSample ? <DigitImage cells={cellsOfRow(heldOut, row)} label={text.digit(predicted, truth)} /> : null}
              <span aria-hidden={isSample}>
                {predicted === truth ? predicted : <del>{predicted}</del>}
                {predicted === truth ? '' : ` ${truth}`}
              </span>
            </li>
          );
        })}
      </ul>
    </figure>
  );
}

type Recomputed = { readonly isSame: boolean; readonly ms: number };

function Recompute({ client, trained, predicted }: ResultViewProps) {
  const { result: text } = useText();
  const [state, setState] = useState<'idle' | 'running' | Recomputed | { readonly error: unknown }>('idle');
  const run = async (): Promise<void> => {
    setState('running');
    try {
      const model = await openModel(client, trained);
      const { heldOut } = trained.set;
      const startMs = performance.now();
      const done = await runJob({ kind: 'predict', model, x: heldOut.x, rows: heldOut.rows });
      setState({ isSame: equalBytes(done.result, predicted.result), ms: performance.now() - startMs });
    } catch (error) {
      setState({ error });
    }
  };
  const told = (): string => {
    if (state === 'running') return text.recomputing;
    if (typeof state === 'string' || 'error' in state) return '';
    return state.isSame ? text.same(grouped(predicted.result.length), duration(state.ms)) : text.differs;
  };
  return (
    <div class="recompute">
      <button type="button" disabled={state === 'running'} onClick={run}>
        {text.recompute}
      </button>
      <p
        role="status"
        class={typeof state === 'object' && 'isSame' in state ? (state.isSame ? 'good' : 'bad') : ''}
        data-recomputed={typeof state === 'object' && 'isSame' in state ? String(state.isSame) : undefined}
      >
        {told()}
      </p>
      {typeof state === 'object' && 'error' in state ? <ErrorAlert error={state.error} /> : null}
    </div>
  );
}
