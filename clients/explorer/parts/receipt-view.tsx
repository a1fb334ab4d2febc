/** The receipt of an order: verified here, and refused here once a single bit is changed. */
import { useEffect, useId, useState } from 'preact/hooks';
import { errorNumber } from '../../../protocol/errors.ts';
import type { Client } from '../../sdk/client.ts';
import { grouped } from '../format.ts';
import type { ReceiptVerdict } from '../receipt-verdict.ts';
import { flipOneBit, type Tampered } from '../tamper.ts';
import { useText } from '../text/language.ts';
import { CheckList } from './check-list.tsx';
import { ErrorAlert } from './refusal.tsx';

interface ReceiptViewProps {
  readonly client: Client;
  /** Id of the order. */
  readonly order: string;
  readonly genesis: string;
}

type Shown = { readonly verdict: ReceiptVerdict; readonly tampered: Tampered | undefined };

const draw = (below: number): number => Math.floor(Math.random() * below);
const hexByte = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;

/** The verifier with its signature check is loaded when it is first needed. */
async function check(text: string, pin: string): Promise<ReceiptVerdict> {
  const { checkReceipt } = await import('../receipt-checks.ts');
  return checkReceipt(text, pin);
}

function useReceiptText(client: Client, order: string): { text: string | undefined; error: unknown } {
  const [state, setState] = useState<{ text: string | undefined; error: unknown }>({
    text: undefined,
    error: undefined,
  });
  useEffect(() => {
    client.receipt(order).then(
      (text) => setState({ text, error: undefined }),
      (error: unknown) => setState({ text: undefined, error }),
    );
  }, [client, order]);
  return state;
}

export function ReceiptView({ client, order, genesis }: ReceiptViewProps) {
  const { proof: text } = useText();
  const pinId = useId();
  const receipt = useReceiptText(client, order);
  const [pin, setPin] = useState(genesis);
  const [shown, setShown] = useState<Shown>();
  const verify = async (tampered?: Tampered): Promise<void> => {
    const file = tampered?.text ?? receipt.text;
    if (file !== undefined) setShown({ verdict: await check(file, pin), tampered });
  };
  const isReady = receipt.text !== undefined;
  return (
    <div class="card receipt">
      <div class="field">
        <label for={pinId}>{text.pin}</label>
        <input
          id={pinId}
          type="text"
          class="hex"
          spellcheck={false}
          value={pin}
          onInput={(event) => setPin(event.currentTarget.value.trim())}
        />
      </div>
      <div class="buttons">
        <button type="button" class="primary" disabled={!isReady} onClick={() => verify()}>
          {text.verify}
        </button>
        <button
          type="button"
          class="danger"
          disabled={!isReady}
          onClick={() => verify(flipOneBit(receipt.text as string, draw))}
        >
          {text.tamper}
        </button>
        {receipt.text === undefined ? null : <Download text={receipt.text} />}
      </div>
      {receipt.error === undefined ? null : <ErrorAlert error={receipt.error} />}
      <div aria-live="polite">{shown ? <Verdict {...shown} /> : null}</div>
      <p class="offline">
        <small>{text.offline}</small>
        <code class="hex">npx hai verify receipt.json --genesis {genesis}</code>
      </p>
    </div>
  );
}

function Verdict({ verdict, tampered }: Shown) {
  const { proof: text } = useText();
  const { verified, code, reason } = verdict;
  return (
    <div
      class={verified ? 'verdict accepted' : 'verdict refused'}
      data-verdict={verified ? 'accepted' : 'refused'}
      data-tampered={tampered !== undefined}
    >
      {tampered ? (
        <p class="change">
          {text.tampered(
            grouped(tampered.position),
            grouped(tampered.bytes),
            hexByte(tampered.before),
            hexByte(tampered.after),
          )}
        </p>
      ) : null}
      <p class="verdict-word">{verified ? text.accepted : text.refused}</p>
      {code ? (
        <p>
          <code>
            {errorNumber(code)} {code}
          </code>{' '}
          {reason}
        </p>
      ) : null}
      {tampered && verified ? <p class="bad">{text.broken}</p> : null}
      <CheckList verdict={verdict} />
      {verified ? <small>{text.proves}</small> : null}
    </div>
  );
}

function Download({ text: file }: { readonly text: string }) {
  const { proof: text } = useText();
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([file], { type: 'application/json' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return (
    <a href={url ?? '#'} download="receipt.json">
      {text.download}
    </a>
  );
}
