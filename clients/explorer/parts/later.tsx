/** A part of the page that is loaded when the story gets there. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ErrorAlert } from './refusal.tsx';

type LaterProps<P> = P & { readonly load: () => Promise<ComponentType<P>> };

/** `load` must be the same function in every rendering. */
export function Later<P extends object>({ load, ...props }: LaterProps<P>) {
  const [Part, setPart] = useState<ComponentType<P>>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    load().then((part) => setPart(() => part), setError);
  }, [load]);
  if (error !== undefined) return <ErrorAlert error={error} />;
  return Part ? <Part {...(props as unknown as P)} /> : null;
}
