/** Tells the demo on the terminal: headings, facts, and a progress bar where the output is a terminal. */
import colours from 'picocolors';

const BAR_WIDTH = 28;

export class Story {
  readonly #out: NodeJS.WriteStream;
  readonly #startMs = performance.now();
  #barShown = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  seconds(): number {
    return (performance.now() - this.#startMs) / 1000;
  }

  chapter(title: string): void {
    this.#line('');
    this.#line(`${colours.dim(`${this.seconds().toFixed(1).padStart(5)} s`)}  ${colours.bold(title)}`);
  }

  fact(name: string, value: string): void {
    this.#line(`         ${name.padEnd(22)} ${value}`);
  }

  verdict(claim: string, holds: boolean, detail = ''): void {
    const mark = holds ? colours.green('ok  ') : colours.red('FAIL');
    this.#line(`         ${mark} ${claim}${detail ? colours.dim(`  ${detail}`) : ''}`);
  }

  progress(done: number, total: number, unit: string): void {
    if (!this.#out.isTTY) return;
    const filled = Math.round((done / total) * BAR_WIDTH);
    this.#out.write(`\r         ${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${done}/${total} ${unit}`);
    this.#barShown = true;
  }

  #line(text: string): void {
    if (this.#barShown) this.#out.write('\r\x1b[2K');
    this.#barShown = false;
    this.#out.write(`${text}\n`);
  }
}
