/**
 * Definition of a command: one file in `commands/` and one line in the registry per command.
 * @module
 */
import type { Command } from '@commander-js/extra-typings';
import type { Context } from './context.js';

/**
 * Flags of a command by the name of the library option that they set, such as `sizeBytes`: `--size`. The key `*`
 * matches all other options, and `*` in its value stands for the option's name.
 */
export type FlagNames = Readonly<Record<string, string>>;

/** The parts of the program that commands can use. */
export interface Frame {
  /** Returns the context of this run. Valid after the command line has been parsed, so call it in the action. */
  context(): Context;
}

/** Definition of one command of the program. */
export interface CommandDefinition {
  readonly name: string;
  /** Short description. */
  readonly summary: string;
  /** Example command lines (without `posix-par`) with a description, shown at the end of `--help`. */
  readonly examples: readonly (readonly [line: string, description: string])[];
  /** Flags to name in error messages about library options. */
  readonly flags?: FlagNames;
  /** True if the command opens arrays. Only such commands accept the options of reads, such as `--threads`. */
  readonly opensArrays?: true;
  /** Declares the command's arguments, options and action. */
  define(command: Command, frame: Frame): void;
}
