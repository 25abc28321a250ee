/**
 * Exit codes of the command. docs/guide/command-line.md shows the same table, and a test compares them.
 * @module
 */

/** Exit codes by name. */
export const exitCodes = {
  /** Success, also if the output goes to a pipe and its reader has closed it. */
  ok: 0,
  /** Any other failure, such as a bug in the program. */
  failure: 1,
  /** The command line is invalid or does not match the file (array, format, selection). */
  usage: 2,
  /**
   * A system call failed (no such file, no permission, a failed read or write), or a result does not fit into memory.
   */
  system: 3,
  /** The file is damaged, or a value does not fit the requested type. */
  data: 4,
  /** The file uses an unsupported feature, or refers to a file that may not be opened (--external-files). */
  unsupported: 5,
  /** Ended by SIGHUP (128 + 1), for example because the terminal was closed. */
  hungUp: 129,
  /** Ended by SIGINT (128 + 2). */
  interrupted: 130,
  /** Ended by SIGTERM (128 + 15). */
  terminated: 143,
} as const;

/** An invalid command line, detected by a command. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
