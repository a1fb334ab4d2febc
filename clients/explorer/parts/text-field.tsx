/** A labelled line of text. */
import { useId } from 'preact/hooks';

interface TextFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly isValid: boolean;
  readonly onInput: (value: string) => void;
}

export function TextField({ label, hint, value, isValid, onInput }: TextFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        spellcheck={false}
        value={value}
        aria-invalid={!isValid}
        aria-describedby={`${id}-hint`}
        onInput={(event) => onInput(event.currentTarget.value.trim())}
      />
      <small id={`${id}-hint`}>{hint}</small>
    </div>
  );
}
