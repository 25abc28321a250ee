/**
 * Standard output and its properties.
 * @module
 */
import pc from 'picocolors';
import { toPrettyJson } from './json.js';

/** Colour functions; they return their argument unchanged if colours are disabled. */
export type Colors = ReturnType<typeof pc.createColors>;

/** The parts of a stream that are used here. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean;
}

/**
 * Decides whether `stream` gets colours: by `--no-color`, NO_COLOR and FORCE_COLOR, and otherwise by whether it is a
 * terminal.
 */
export function wantsColor(
  stream: OutputStream,
  enabled: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if (!enabled || (environment['NO_COLOR'] ?? '') !== '') return false;
  if ((environment['FORCE_COLOR'] ?? '0') !== '0') return true;
  return stream.isTTY === true && environment['TERM'] !== 'dumb';
}

/** Writes to standard output: lines for people, JSON for programs. */
export class Output {
  readonly #stream: OutputStream;
  readonly colors: Colors;

  constructor(stream: OutputStream, color: boolean) {
    this.#stream = stream;
    this.colors = pc.createColors(color);
  }

  /** True if the output is a terminal. */
  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }
  /** Width in characters, at least 20; 80 if there is no terminal. */
  get columns(): number {
    return Math.max(20, this.#stream.columns ?? 80);
  }
  /** Height in lines, at least 5; 24 if there is no terminal. */
  get rows(): number {
    return Math.max(5, this.#stream.rows ?? 24);
  }

  line(text = ''): void {
    this.#stream.write(`${text}\n`);
  }
  lines(lines: Iterable<string>): void {
    for (const line of lines) this.line(line);
  }
  json(value: unknown): void {
    this.line(toPrettyJson(value));
  }
  /** Writes and waits until the stream has accepted the data, so that large output does not accumulate in memory. */
  write(chunk: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }
}
