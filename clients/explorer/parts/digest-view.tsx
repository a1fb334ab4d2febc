/** The page at ?digest: the fixed suite of ml/digest/, run by this browser. */
import { useEffect, useState } from 'preact/hooks';
import type { JobDone } from '../kernels/jobs.ts';
import { runJob } from '../kernels/run-job.ts';
import { useText } from '../text/language.ts';
import { ErrorAlert } from './refusal.tsx';

type Digest = Extract<JobDone, { kind: 'digest' }>;

export function DigestView() {
  const { digest: text } = useText();
  const [done, setDone] = useState<Digest>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    runJob({ kind: 'digest' }).then(setDone, setError);
  }, []);
  return (
    <main class="digest-page">
      <h1>{text.title}</h1>
      <p>{text.note}</p>
      <output id="digest" class="hex">
        {done?.digest ?? (error === undefined ? text.running : '')}
      </output>
      {error === undefined ? null : <ErrorAlert error={error} />}
      <div class="scroll">
        <table>
          <tbody>
            {Object.entries(done?.parts ?? {}).map(([name, hex]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  <code class="hex">{hex}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </main>
  );
}
