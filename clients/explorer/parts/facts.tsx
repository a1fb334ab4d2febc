/** Names with their values, as a description list. */
import type { ComponentChildren } from 'preact';

export type Fact = readonly [name: string, value: ComponentChildren];

export function Facts({ facts, wide }: { readonly facts: readonly Fact[]; readonly wide?: true }) {
  return (
    <dl class={wide ? 'facts wide' : 'facts'}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A hash: whole for copying, on as many lines as it needs. */
export function Hex({ hex }: { readonly hex: string }) {
  return <code class="hex">{hex}</code>;
}
