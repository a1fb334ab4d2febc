/** A name for the model: deployed by a signed transaction, with the versions under it and the way back to each. */
import { useState } from 'preact/hooks';
import { isEndpointName } from '../../../protocol/record/endpoint.ts';
import type { WireEndpoint } from '../../../protocol/wire.ts';
import type { Client } from '../../sdk/client.ts';
import { shortHash } from '../format.ts';
import { ErrorAlert } from '../parts/refusal.tsx';
import { TextField } from '../parts/text-field.tsx';
import { useText } from '../text/language.ts';

interface EndpointCardProps {
  readonly client: Client;
  /** Id of the search. */
  readonly order: string;
}

const NAME_DEFAULT = 'my-model';

export function EndpointCard({ client, order }: EndpointCardProps) {
  const { search } = useText();
  const text = search.endpoint;
  const [name, setName] = useState(NAME_DEFAULT);
  const [isRunning, setRunning] = useState(false);
  const [endpoint, setEndpoint] = useState<WireEndpoint>();
  const [error, setError] = useState<unknown>();
  const isValid = isEndpointName(name);
  // What is known is known of the name that it was asked for: another name's versions are others.
  const shown = endpoint?.name === name ? endpoint : undefined;
  const run = async (of: string, act: () => Promise<unknown>): Promise<void> => {
    setRunning(true);
    setError(undefined);
    try {
      await act();
      setEndpoint(await client.endpoint(of));
    } catch (fault) {
      setError(fault);
    }
    setRunning(false);
  };
  return (
    <form
      class="card endpoint"
      onSubmit={(event) => {
        event.preventDefault();
        void run(name, () => client.deployEndpoint(name, order));
      }}
    >
      <h3>{text.title}</h3>
      <p>{text.note}</p>
      <TextField label={text.name} hint={text.hint} value={name} isValid={isValid} onInput={setName} />
      <button type="submit" disabled={!isValid || isRunning}>
        {text.set}
      </button>
      <p role="status">{isRunning ? text.running : ''}</p>
      {error === undefined ? null : <ErrorAlert error={error} />}
      {shown ? (
        <ul data-endpoint={shown.name} data-active={shown.active}>
          {shown.versions.map(({ version, order: id }) => (
            <li key={version}>
              {text.version(version)} <code title={id}>{shortHash(id)}</code>{' '}
              {version === shown.active ? (
                <span class="good">{text.active}</span>
              ) : (
                <button
                  type="button"
                  class="plain"
                  disabled={isRunning}
                  onClick={() => run(shown.name, () => client.activateEndpoint(shown.name, version))}
                >
                  {text.back}
                </button>
              )}
            </li>
          ))}
        </ul>
      ) : null}
    </form>
  );
}
