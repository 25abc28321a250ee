/**
 * How a command is defined: one file in `commands/`, one line in the registry.
 * @module
 */
import type { Command } from '@commander-js/extra-typings';
import type { Context } from './context.js';

/**
 * The flags of a command by the names that the library has for what they set, such as `sizeBytes`: `--size`. `*` stands for
 * all other names, and for the name in the flag.
 */
export type FlagNames = Readonly<Record<string, string>>;

/** The part of the program that commands see. */
export interface Frame {
  /** The context of this run, when the command line has been read; to be called in the action. */
  context(): Context;
}

/** Adds one command to the program. */
export interface CommandDefinition {
  readonly name: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** Command lines (without `posix-par`) and what they do; the end of `--help`. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** For errors that the library has with options. */
  readonly flags?: FlagNames;
  /** Declares arguments and options on `command`, and its action. */
  define(command: Command, frame: Frame): void;
}
