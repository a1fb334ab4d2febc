/** A labelled number: whole with a maximum, or decimal without. */
import { useId, useState } from 'preact/hooks';

interface NumberFieldProps {
  readonly label: string;
  readonly value: string;
  readonly max?: number;
  readonly hint?: string;
  readonly isValid: boolean;
  readonly onInput: (value: string) => void;
}

export function NumberField({ label, value, max, hint, isValid, onInput }: NumberFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode={max === undefined ? 'decimal' : 'numeric'}
        autocomplete="off"
        value={value}
        aria-invalid={!isValid}
        aria-describedby={`${id}-hint`}
        onInput={(event) => onInput(event.currentTarget.value.trim())}
      />
      <small id={`${id}-hint`}>{hint ?? `1–${max}`}</small>
    </div>
  );
}

/** A whole number that the visitor types: `number` is undefined while it is not within 1 and `max`. */
export function useWholeNumber(first: number, max: number) {
  const [value, onInput] = useState(String(first));
  const typed = /^\d{1,6}$/.test(value) ? Number(value) : 0;
  const number = typed >= 1 && typed <= max ? typed : undefined;
  return { number, field: { value, max, isValid: number !== undefined, onInput } };
}
