/** An error as the visitor reads it: what, why, and the code by which the documents know it. */
import { errorNumber, errorRow, type Failure } from '../../../protocol/errors.ts';
import { HaiError, UnreachableError, UntrustedError } from '../../sdk/errors.ts';
import { placeOf } from '../place-of.ts';
import type { Text } from '../text/en.ts';
import { useText } from '../text/language.ts';
import { UnsettledError } from '../unsettled.ts';

interface Told {
  readonly title: string;
  readonly detail: string | undefined;
  readonly code: string | undefined;
}

function toldOf(error: unknown, text: Text): Told {
  if (error instanceof HaiError) {
    const { code, number, detail } = error;
    return { title: text.errors.titles[code] ?? errorRow(code).title, detail, code: `${number} ${code}` };
  }
  if (error instanceof UnsettledError) {
    return { title: text.live.states[error.state], detail: undefined, code: undefined };
  }
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof UnreachableError) return { title: text.errors.unreachable, detail, code: undefined };
  if (error instanceof UntrustedError) return { title: text.errors.untrusted, detail, code: undefined };
  return { title: text.errors.fault, detail, code: undefined };
}

function Alert({ title, detail, code }: Told) {
  return (
    <div class="alert" role="alert">
      <strong>{title}</strong>
      {detail === undefined ? null : <p class="detail">{detail}</p>}
      {code === undefined ? null : <code>{code}</code>}
    </div>
  );
}

export function ErrorAlert({ error }: { readonly error: unknown }) {
  return <Alert {...toldOf(error, useText())} />;
}

/** A refused table, with the row and the column where it went wrong. */
export function FailureAlert({ failure, title }: { readonly failure: Failure; readonly title: string }) {
  const text = useText();
  const place = placeOf(failure);
  const what = text.errors.titles[failure.code] ?? errorRow(failure.code).title;
  return (
    <div class="alert" role="alert">
      <strong>{title}</strong>
      <p>{place ? text.data.fault(place.row, place.column, what) : what}</p>
      {failure.evidence === undefined ? null : <p class="detail">{failure.evidence}</p>}
      <code>
        {errorNumber(failure.code)} {failure.code}
      </code>
    </div>
  );
}
