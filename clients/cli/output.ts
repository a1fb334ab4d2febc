/**
 * Where a command's words go. Results: stdout, as text or, with --json, as one JSON line. Everything else: stderr, and
 * progress only where stderr is a terminal.
 */
import pico from 'picocolors';
import type { ToldError } from './exit-codes.ts';
import { printable } from './text-width.ts';

/** The process, as far as a command sees it. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** stdout, stderr and stdin at a terminal. */
  readonly terminal: { readonly stdout: boolean; readonly stderr: boolean; readonly stdin: boolean };
  readonly fetch?: typeof fetch;
  /** Ends what goes on until it is stopped; aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

type Colours = ReturnType<typeof pico.createColors>;

/** Lines of ours, with words of others in them. */
const shown = (text: string): string => text.split('\n').map(printable).join('\n');

/** Bigints become decimal strings, as everywhere on the wire. */
const jsonLine = (value: unknown): string =>
  `${JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part))}\n`;

export class Output {
  readonly io: Io;
  readonly json: boolean;
  readonly colours: Colours;

  constructor(io: Io, json: boolean) {
    this.io = io;
    this.json = json;
    // https://no-color.org: any value that is not empty.
    const plain = json || !io.terminal.stdout || Boolean(io.env.NO_COLOR) || io.env.TERM === 'dumb';
    this.colours = pico.createColors(!plain);
  }

  /** The command's one result. */
  result(value: object, text: string): void {
    this.io.stdout(this.json ? jsonLine(value) : `${text}\n`);
  }

  /** For people who watch: nothing a script would miss. */
  note(text: string): void {
    if (!this.json && this.io.terminal.stderr) this.io.stderr(`${shown(text)}\n`);
  }

  /** What was guessed or repaired: for pipelines too. With --json it is a field of the result. */
  notice(text: string): void {
    if (!this.json) this.io.stderr(`${shown(text)}\n`);
  }

  warn(text: string): void {
    this.io.stderr(`hai: ${shown(text)}\n`);
  }

  error(error: ToldError, exit: number): void {
    if (this.json) this.io.stdout(jsonLine({ error, exit }));
    else this.io.stderr(`hai: ${shown(error.message)}${error.code === undefined ? '' : ` (${error.code})`}\n`);
  }
}

/** Two columns, the first as wide as its longest word. */
export function table(rows: readonly (readonly [string, string | number | bigint])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
