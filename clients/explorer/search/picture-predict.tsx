/** A picture for an image model: one of the visitor's table, or any that is dropped here. */
import { useState } from 'preact/hooks';
import type { Failure } from '../../../protocol/errors.ts';
import { DropZone } from '../parts/drop-zone.tsx';
import { FailureAlert } from '../parts/refusal.tsx';
import { useText } from '../text/language.ts';
import { Answers } from './answers.tsx';
import { type ImageSchema, type ImageTable, pictureOfRow } from './picture-row.ts';
import { PictureView } from './picture-view.tsx';
import { PredictButtons } from './predict-buttons.tsx';
import type { PredictProps } from './predict-props.ts';
import { truthOf } from './truth.ts';
import { usePrediction } from './use-prediction.ts';

interface Chosen {
  readonly table: ImageTable;
  /** Of the visitor's table, or of a file. */
  readonly from: number | string;
}

export function PicturePredict(props: PredictProps & { readonly schema: ImageSchema }) {
  const { client, found, schema, regionOfProvider, onPaid } = props;
  const text = useText().search.predict;
  const { table: known } = found;
  const ofRow = (row: number): Chosen | undefined => {
    const table = known && pictureOfRow(known, row);
    return table && { table, from: row };
  };
  const [chosen, choose] = useState<Chosen | undefined>(() => ofRow(0));
  const [refused, setRefused] = useState<Failure>();
  const { shown, isRunning, actions } = usePrediction(client, found, onPaid);
  const take = (next: Chosen | undefined, failure?: Failure): void => {
    choose(next);
    setRefused(failure);
    actions.clear();
  };
  /** The parsers of pictures come with the first one. */
  const takeFile = async (file: File): Promise<void> => {
    try {
      const { pictureOfFile } = await import('./picture-file.ts');
      const read = await pictureOfFile(file, schema);
      if (read.ok) take({ table: read.value, from: file.name });
      else take(undefined, read);
    } catch (error) {
      take(undefined);
      actions.fault(error);
    }
  };
  const said = !chosen
    ? ''
    : typeof chosen.from === 'string'
      ? text.resized(chosen.from, schema.height, schema.width)
      : `${text.fromRow(chosen.from + 1)} ${known ? truthOf(known, chosen.from, text.truth) : ''}`;
  return (
    <>
      <form
        class="card picture-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen) void actions.here(chosen.table);
        }}
      >
        <DropZone
          label={text.drop}
          accept=".png,.jpg,.jpeg,image/png,image/jpeg"
          isBusy={isRunning}
          onFile={takeFile}
        />
        {chosen ? <PictureView picture={chosen.table.features} label={text.picture} /> : null}
        <p>{said}</p>
        {refused ? <FailureAlert failure={refused} title={text.refused} /> : null}
        <PredictButtons
          isReady={chosen !== undefined}
          isRunning={isRunning}
          isWaiting={isRunning && !shown.run}
          onOrder={() => chosen && void actions.order(chosen.table)}
          onAnother={known ? () => take(ofRow(Math.floor(Math.random() * known.rows))) : undefined}
        />
      </form>
      <Answers found={found} shown={shown} regionOfProvider={regionOfProvider} />
    </>
  );
}
