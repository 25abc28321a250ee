/**
 * What a command is given to work with.
 * @module
 */
import type { OpenOptions } from '../index.js';
import { UsageError } from './exit-codes.js';
import { type Interrupt, watchInterrupt } from './interrupt.js';
import { type ProgressMeter, type ProgressUnit, startProgress } from './output/progress.js';
import { Output, wantsColor } from './output/terminal.js';

/** The options that every command has. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly threads: number | undefined;
  readonly engine: string | undefined;
  readonly cache: string | undefined;
  readonly consistency: string | undefined;
  readonly verbose: boolean;
  readonly color: boolean;
}

/** One run of the command. */
export class Context {
  readonly globals: GlobalOptions;
  readonly out: Output;
  readonly #interrupt: Interrupt;

  constructor(globals: GlobalOptions, interrupt: Interrupt = watchInterrupt()) {
    this.globals = globals;
    this.out = new Output(process.stdout, wantsColor(process.stdout, globals.color && !globals.json, process.env));
    this.#interrupt = interrupt;
  }

  /** Whether a program reads the output: then one JSON value is all that goes to standard output. */
  get json(): boolean {
    return this.globals.json;
  }
  /** Aborted by SIGINT, SIGTERM and SIGHUP; to be passed to every read. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }
  /** A bar on standard error after a second, if that is a terminal. */
  progress(label: string, unit: ProgressUnit = 'bytes'): ProgressMeter {
    return startProgress(label, unit);
  }
  /** The options of the library that the global options stand for. */
  openOptions(given: Readonly<Record<string, unknown>> = {}): OpenOptions {
    const { threads, engine, cache, consistency } = this.globals;
    const options: Record<string, unknown> = { ...given, threads, engine, cache, consistency };
    for (const key of Object.keys(options)) if (options[key] === undefined) delete options[key];
    return options;
  }
}

/**
 * The path of an argument. An empty one would mean the current directory, and is a variable of the shell without a value.
 * @throws {UsageError} for an empty one.
 */
export function givenPath(path: string): string {
  if (path === '') throw new UsageError("Expected a path, received ''");
  return path;
}

/** {@link givenPath} for an argument that may be repeated. */
export const givenPaths = (path: string, before: readonly string[] | undefined): string[] => [
  ...(before ?? []),
  givenPath(path),
];

/**
 * The value of an option that is a whole number from `min` on.
 * @throws {UsageError} naming the option.
 */
export function wholeNumber(option: string, min = 1): (text: string) => number {
  return (text) => {
    const value = Number(text.trim());
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < min)
      throw new UsageError(`Expected a whole number from ${min} on for ${option}, received '${text.trim()}'`);
    return value;
  };
}
