/** The seven steps of an order, with the time from intake to each. */
import { isFinished, STEPS, type Step } from '../../../protocol/order/lifecycle.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import { duration } from '../format.ts';
import { useText } from '../text/language.ts';

type StepState = 'done' | 'current' | 'waiting';

/** The first step that is not done is the current one, until the order is over. */
export function stateOfStep(order: WireOrder, step: Step): StepState {
  if (order.steps[step] !== null) return 'done';
  if (isFinished(order.state)) return 'waiting';
  return STEPS.find((one) => order.steps[one] === null) === step ? 'current' : 'waiting';
}

export function StepList({ order }: { readonly order: WireOrder }) {
  return (
    <ol class="steps">
      {STEPS.map((step) => (
        <StepItem key={step} order={order} step={step} />
      ))}
    </ol>
  );
}

function StepItem({ order, step }: { readonly order: WireOrder; readonly step: Step }) {
  const { live: text, steps } = useText();
  const [name, what] = steps[step];
  const state = stateOfStep(order, step);
  const [start, done] = [order.steps.intake, order.steps[step]];
  const time = start !== null && done !== null ? `+${duration(BigInt(done) - BigInt(start))}` : '';
  const { progress } = order;
  return (
    <li
      class={`step ${state}`}
      data-step={step}
      data-state={state}
      aria-current={state === 'current' ? 'step' : undefined}
    >
      <span class="step-mark" aria-hidden="true" />
      <span class="step-name">{name}</span>
      <span class="step-time figure">{time || (state === 'current' ? text.running : text.waiting)}</span>
      <span class="step-what">{what}</span>
      {step === 'compute' && progress && state === 'current' ? (
        <span class="step-progress">
          <progress
            max={progress.chunks}
            value={progress.chunk}
            aria-label={text.progress(progress.chunk, progress.chunks)}
          />
          <small aria-hidden="true">{text.progress(progress.chunk, progress.chunks)}</small>
        </span>
      ) : null}
    </li>
  );
}
