/** How the file is read, in a fold: each control shows what was recognised or told, and has the file read anew when it is changed. */
import { useId, useState } from 'preact/hooks';
import { type CellOptions, missingWordsOf, SEPARATORS } from '../../../ml/table/read-as.ts';
import type { ReadOptions } from '../../../ml/table/report.ts';
import { SelectField } from '../parts/select-field.tsx';
import { useText } from '../text/language.ts';
import { isReadingTold, type Separator, type ShownReading, withoutReading, withReading } from './reading.ts';

interface ReadingFieldsProps {
  readonly shown: ShownReading;
  readonly options: ReadOptions;
  readonly isBusy: boolean;
  readonly onChange: (options: ReadOptions) => void;
}

/** As the value of a control, of what nobody knows. */
const UNKNOWN = '';
const DECIMALS = { '.': 'point', ',': 'comma' } as const;

export function ReadingFields({ shown, options, isBusy, onChange }: ReadingFieldsProps) {
  const text = useText().search.reading;
  const { missing, encoding, encodings, csv, decimal, dates } = shown;
  const tell = (told: CellOptions): void => onChange(withReading(options, told));
  const choice = (
    label: string,
    value: string,
    named: readonly (readonly [string, string])[],
    told: (value: string) => CellOptions,
  ) => (
    <SelectField
      label={label}
      value={value}
      options={value === UNKNOWN ? [[UNKNOWN, text.unknown], ...named] : named}
      isDisabled={isBusy}
      onSelect={(next) => next !== UNKNOWN && tell(told(next))}
    />
  );
  return (
    <details class="reading">
      <summary>{text.title}</summary>
      <div class="fields">
        <WordsField words={missing} isBusy={isBusy} onChange={(words) => tell({ missing: words })} />
        {csv
          ? choice(
              text.separator,
              csv.separator ?? UNKNOWN,
              SEPARATORS.map((one) => [one, text.separators[one]]),
              (one) => ({ separator: one as Separator }),
            )
          : null}
        {choice(
          text.encoding,
          encoding ?? UNKNOWN,
          encodings.map((one) => [one, encodingName(one)]),
          (one) => ({ encoding: one }),
        )}
        {decimal
          ? choice(
              text.decimal,
              decimal.mark ?? UNKNOWN,
              (['.', ','] as const).map((mark) => [mark, text.decimals[DECIMALS[mark]]]),
              (mark) => ({ decimal: mark as '.' | ',' }),
            )
          : null}
        {dates
          ? choice(
              text.dates,
              dates.dayFirst === undefined ? UNKNOWN : String(dates.dayFirst),
              [
                ['true', text.dayFirst],
                ['false', text.monthFirst],
              ],
              (one) => ({ dayFirst: one === 'true' }),
            )
          : null}
        {csv
          ? choice(
              text.firstLine,
              String(csv.header),
              [
                ['true', text.firstNames],
                ['false', text.firstRow],
              ],
              (one) => ({ header: one === 'true' }),
            )
          : null}
        {csv
          ? choice(
              text.skipLines,
              String(csv.skipLines),
              skipChoices(csv.skipLines).map((lines) => [lines, lines]),
              (lines) => ({ skipLines: Number(lines) }),
            )
          : null}
      </div>
      {isReadingTold(options) ? (
        <button type="button" class="plain" disabled={isBusy} onClick={() => onChange(withoutReading(options))}>
          {text.asRecognised}
        </button>
      ) : null}
    </details>
  );
}

/** Titles and remarks are few lines; more may have been told before. */
const SKIPPED_SHOWN = 10;
const skipChoices = (told: number): string[] =>
  Array.from({ length: SKIPPED_SHOWN + 1 }, (_, lines) => String(lines)).concat(
    told > SKIPPED_SHOWN ? [String(told)] : [],
  );

/** Labels of the Encoding Standard are small letters; people know some of them otherwise. */
const NAMES: Readonly<Record<string, string>> = { big5: 'Big5', shift_jis: 'Shift_JIS' };
const encodingName = (label: string): string =>
  NAMES[label] ?? (label.startsWith('windows') ? label : label.toUpperCase());

interface WordsFieldProps {
  readonly words: readonly string[];
  readonly isBusy: boolean;
  readonly onChange: (words: readonly string[]) => void;
}

function WordsField({ words, isBusy, onChange }: WordsFieldProps) {
  const text = useText().search.reading;
  const id = useId();
  /** While it is typed: the page is drawn anew with every block. */
  const [draft, setDraft] = useState<string>();
  const before = words.join(', ');
  const take = (typed: string): void => {
    setDraft(undefined);
    const next = missingWordsOf(typed).filter((word) => word !== '');
    if (next.join(', ') !== before) onChange(next);
  };
  return (
    <div class="field words">
      <label for={id}>{text.missing}</label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        spellcheck={false}
        value={draft ?? before}
        disabled={isBusy}
        aria-describedby={`${id}-hint`}
        onInput={(event) => setDraft(event.currentTarget.value)}
        onChange={(event) => take(event.currentTarget.value)}
      />
      <small id={`${id}-hint`}>{text.missingHint}</small>
    </div>
  );
}
