/** Names with their shares as bars: what the model leans on. */
import { percent } from '../format.ts';

export interface Bar {
  readonly name: string;
  /** From 0 to 1. */
  readonly share: number;
}

export function BarList({ bars, label }: { readonly bars: readonly Bar[]; readonly label: string }) {
  const most = Math.max(1e-9, ...bars.map(({ share }) => share));
  return (
    <ol class="bars" aria-label={label}>
      {bars.map(({ name, share }) => (
        <li key={name}>
          <span class="bar-name">{name}</span>
          <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
            <rect class="bar-fill" width={Math.max(0.5, (100 * share) / most)} height="8" rx="1" />
          </svg>
          <span class="figure">{percent(share)}</span>
        </li>
      ))}
    </ol>
  );
}
