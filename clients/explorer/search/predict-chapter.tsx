/** One row by the model: typed into a form or dropped as a picture, answered in this tab, and by the network when it is ordered. */
import { useText } from '../text/language.ts';
import { PicturePredict } from './picture-predict.tsx';
import type { PredictProps } from './predict-props.ts';
import { RowPredict } from './row-predict.tsx';

export function PredictChapter(props: PredictProps) {
  const text = useText().search.predict;
  const { schema } = props.found.bundle;
  return (
    <div class="predict">
      <p>{text.note}</p>
      {schema.kind === 'images' ? (
        <PicturePredict {...props} schema={schema} />
      ) : (
        <RowPredict {...props} schema={schema} />
      )}
    </div>
  );
}
