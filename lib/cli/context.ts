/**
 * The environment in which a command runs.
 * @module
 */
import { fileURLToPath } from 'node:url';
import type { OpenOptions } from '../index.js';
import { UsageError } from './exit-codes.js';
import { type Interrupt, watchInterrupt } from './interrupt.js';
import { pagerOf, showInPager } from './output/pager.js';
import { type ProgressMeter, type ProgressUnit, startProgress } from './output/progress.js';
import { Output, wantsColor } from './output/terminal.js';

/** Options of the program. Only commands that open arrays accept `threads`, `engine`, `cache` and `consistency`. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly threads: number | undefined;
  readonly engine: string | undefined;
  readonly cache: string | undefined;
  readonly consistency: string | undefined;
  readonly verbose: boolean;
  readonly color: boolean;
}

/** Context of one run of a command. */
export class Context {
  readonly globals: GlobalOptions;
  readonly out: Output;
  readonly #interrupt: Interrupt;

  constructor(globals: GlobalOptions, interrupt: Interrupt = watchInterrupt()) {
    this.globals = globals;
    this.out = new Output(process.stdout, wantsColor(process.stdout, globals.color && !globals.json, process.env));
    this.#interrupt = interrupt;
  }

  /**
   * True if the output is for programs. Standard output then contains one JSON value; with `cache --watch`, one per
   * line.
   */
  get json(): boolean {
    return this.globals.json;
  }
  /** Aborted by SIGINT, SIGTERM and SIGHUP. Pass it to every read. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }
  /**
   * Sets the text that the message about an interruption contains: what became of the output. The default says that
   * partial output was removed.
   */
  set interruptEffect(effect: string) {
    this.#interrupt.effect = effect;
  }
  /**
   * Prints lines. Shows them in a pager if the output is a terminal on which they do not fit. ^C is then a key of the
   * pager, and does not end the command.
   */
  async page(lines: readonly string[]): Promise<void> {
    const pager = this.out.isTerminal && lines.length >= this.out.rows ? pagerOf(process.env) : null;
    if (pager !== null) {
      this.#interrupt.isKey = true;
      try {
        if (await showInPager(`${lines.join('\n')}\n`, pager, process.env)) return;
      } finally {
        this.#interrupt.isKey = false;
      }
    }
    this.out.lines(lines);
  }
  /** Starts a progress bar on standard error. It appears after a second, and only on a terminal. */
  progress(label: string, unit: ProgressUnit = 'bytes'): ProgressMeter {
    return startProgress(label, unit);
  }
  /**
   * Returns options for the library: the options `given`, and those that are set by global options such as `--threads`.
   */
  openOptions(given: Readonly<Record<string, unknown>> = {}): OpenOptions {
    const { threads, engine, cache, consistency } = this.globals;
    const options: Record<string, unknown> = { ...given, threads, engine, cache, consistency };
    for (const key of Object.keys(options)) if (options[key] === undefined) delete options[key];
    return options;
  }
}

/**
 * Checks the path in an argument and converts `file:` URLs. An empty path would mean the current directory; it usually
 * comes from an unset shell variable.
 * @throws {UsageError} if the path is empty, a URL of another scheme, or a `file:` URL of another machine.
 */
export function parsePath(path: string): string {
  if (path === '') throw new UsageError("Expected a path, received ''");
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(path)?.[1]?.toLowerCase();
  if (scheme === undefined) return path;
  if (scheme === 'file') return pathOfUrl(path);
  throw new UsageError(
    `Expected a local path, received the URL '${path}'. URLs are not read: ` +
      'download the file, or mount its storage (for example with `rclone mount`) and pass the path there',
  );
}

function pathOfUrl(text: string): string {
  try {
    const url = new URL(text);
    return fileURLToPath(url) + decodeURIComponent(url.hash);
  } catch {
    throw new UsageError(`Expected a file: URL of this machine, received '${text}'`);
  }
}

/** Collects the paths of an argument that may be repeated, checked by {@link parsePath}. */
export const parsePaths = (path: string, before: readonly string[] | undefined): string[] => [
  ...(before ?? []),
  parsePath(path),
];

/**
 * Creates a parser of an option whose value is an integer of at least `min`.
 * @throws {UsageError} naming the option.
 */
export function parseInteger(option: string, min = 1): (text: string) => number {
  return (text) => {
    const value = Number(text.trim());
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < min)
      throw new UsageError(`Expected an integer of at least ${min} for ${option}, received '${text.trim()}'`);
    return value;
  };
}
