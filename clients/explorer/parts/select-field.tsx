/** A labelled choice of a few. */
import { useId } from 'preact/hooks';

interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, name: string])[];
  readonly isDisabled?: boolean;
  readonly hint?: string;
  readonly onSelect: (value: string) => void;
}

export function SelectField({ label, value, options, isDisabled = false, hint, onSelect }: SelectFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} disabled={isDisabled} onChange={(event) => onSelect(event.currentTarget.value)}>
        {options.map(([option, name]) => (
          <option key={option} value={option}>
            {name}
          </option>
        ))}
      </select>
      {hint === undefined ? null : <small>{hint}</small>}
    </div>
  );
}
