/**
 * What the command ends with; docs/guide/command-line.md shows the same table (a test compares the two).
 * @module
 */

/** The exit codes by name. */
export const exitCodes = {
  /** Done. Also when the reader of a pipe went away. */
  ok: 0,
  /** A failure that none of the others describes, such as a mistake in the program. */
  failure: 1,
  /** The command line is wrong, or what it asks for does not fit the file: the array, its format, the selection. */
  usage: 2,
  /** The operating system refused or failed: no such file, no permission, a failed read or write. */
  system: 3,
  /** The file is damaged, or a value does not fit the type that was asked for. */
  data: 4,
  /** The file holds something that is not read, or names a file that may not be read (--external-files). */
  unsupported: 5,
  /** Ended by SIGHUP (128 + 1): the terminal went away. */
  hungUp: 129,
  /** Ended by SIGINT (128 + 2). */
  interrupted: 130,
  /** Ended by SIGTERM (128 + 15). */
  terminated: 143,
} as const;

/** A wrong command line, found by a command itself. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
