/**
 * Turns unforeseen errors of a parser into a {@link FormatError} that names the file.
 * @module
 */
import { isError } from '../core/brands.js';
import { FormatError, isPosixParError } from '../core/errors.js';
import { OptionError } from '../core/validate.js';
import { ValuesLimitError } from '../core/values-limit.js';

/**
 * Start of the message of the FormatError for an unforeseen error. If it occurs in a test, the parser lacks a check.
 */
export const guardMessage = 'Expected content that the parser can handle';

/**
 * Returns the error with which a parser of the file at `path` fails after it threw `error`. This is `error` itself if
 * it is an error of this library, or about the options or limits of the caller. Otherwise it is a FormatError with
 * `error` as its cause.
 */
export function guardedError(error: unknown, path: string): unknown {
  if (isPosixParError(error) || error instanceof OptionError || error instanceof ValuesLimitError) return error;
  const reason = isError(error) ? `${error.name}: ${error.message}` : String(error);
  return new FormatError(`${guardMessage}, but it failed with ${reason}`, { path }, { cause: error });
}
