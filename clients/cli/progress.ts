/** The seven steps of an order as one line that is redrawn, on a terminal; elsewhere nothing. */
import { STEPS } from '../../protocol/order/lifecycle.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import type { Output } from './output.ts';

const BAR_CELLS = 28;

/** Share of the steps that are done; a step of many chunks counts by its chunks. */
export function shareDone(order: WireOrder): number {
  const done = STEPS.filter((step) => order.steps[step] !== null).length;
  const chunks = order.progress;
  const partial = chunks && order.steps.compute === null ? chunks.chunk / Math.max(1, chunks.chunks) : 0;
  return Math.min(1, (done + partial) / STEPS.length);
}

export function progressLine(order: WireOrder): string {
  const filled = Math.round(shareDone(order) * BAR_CELLS);
  const step = STEPS.find((name) => order.steps[name] === null) ?? 'done';
  const { progress } = order;
  const chunks = progress && step === 'compute' ? ` ${progress.chunk}/${progress.chunks}` : '';
  const attempt = order.attempts.length > 1 ? `, attempt ${order.attempts.length}` : '';
  return `[${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}] ${step}${chunks}${attempt}`;
}

/** One line that is redrawn, on a terminal; elsewhere nothing. */
export class ProgressLine {
  readonly #out: Output;
  readonly #isShown: boolean;
  #isDrawn = false;

  constructor(out: Output) {
    this.#out = out;
    this.#isShown = !out.json && out.io.terminal.stderr;
  }

  show(text: string): void {
    if (!this.#isShown) return;
    this.#out.io.stderr(`\r\u001b[K${text}`);
    this.#isDrawn = true;
  }

  /** Leaves a clean line behind. */
  end(): void {
    if (this.#isDrawn) this.#out.io.stderr('\r\u001b[K');
    this.#isDrawn = false;
  }
}

export class Progress {
  readonly #line: ProgressLine;

  constructor(out: Output) {
    this.#line = new ProgressLine(out);
  }

  show(order: WireOrder): void {
    this.#line.show(progressLine(order));
  }

  end(): void {
    this.#line.end();
  }
}
