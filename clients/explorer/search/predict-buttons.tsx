/** What may be done with the row in the form. */
import { useText } from '../text/language.ts';

interface PredictButtonsProps {
  readonly isReady: boolean;
  readonly isRunning: boolean;
  /** Nothing of the order can be seen yet. */
  readonly isWaiting: boolean;
  readonly onOrder: () => void;
  /** Takes another row of the visitor's table; undefined without one. */
  readonly onAnother: (() => void) | undefined;
}

/** The form's own submission predicts here. */
export function PredictButtons({ isReady, isRunning, isWaiting, onOrder, onAnother }: PredictButtonsProps) {
  const { predict: text } = useText().search;
  return (
    <>
      <div class="buttons">
        <button type="submit" class="primary" disabled={!isReady || isRunning}>
          {text.run}
        </button>
        <button type="button" disabled={!isReady || isRunning} onClick={onOrder}>
          {text.order}
        </button>
        {onAnother ? (
          <button type="button" class="plain" disabled={isRunning} onClick={onAnother}>
            {text.another}
          </button>
        ) : null}
      </div>
      <p role="status">{isWaiting ? text.running : ''}</p>
    </>
  );
}
