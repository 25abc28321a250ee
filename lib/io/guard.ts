/**
 * The last guard of a parser: an error that no check foresaw becomes a {@link FormatError} that names the file.
 * @module
 */
import { isError } from '../core/brands.js';
import { FormatError, isPosixParError } from '../core/errors.js';
import { OptionError } from '../core/validate.js';

/** How the message of a guarded error begins. A test that finds it has found a check that is missing. */
export const guardMessage = 'Expected content that the parser can handle';

/**
 * The error that a parser of the file at `path` fails with when it threw `error`: the same if it is an error of this
 * library or about the caller's options, else a FormatError whose cause it is.
 */
export function guardedError(error: unknown, path: string): unknown {
  if (isPosixParError(error) || error instanceof OptionError) return error;
  const reason = isError(error) ? `${error.name}: ${error.message}` : String(error);
  return new FormatError(`${guardMessage}, found what it fails on with ${reason}`, { path }, { cause: error });
}
