/**
 * Which array of several the caller means.
 * @module
 */
import { ChoiceError } from '../core/errors.js';
import { listNames } from '../core/validate.js';

/**
 * The one of `names` that is asked for, or the only one when none is.
 * @param wanted the caller's `options.array`, null when not given.
 * @throws {ChoiceError} when it is not there, or none is asked for and there is not exactly one; lists the names.
 */
export function chooseArray(names: readonly string[], wanted: string | null, path: string): string {
  const [only] = names;
  if (wanted === null && only !== undefined && names.length === 1) return only;
  if (wanted !== null && names.includes(wanted)) return wanted;
  if (names.length === 0) throw new ChoiceError('array', 'Expected an array, found none', path);
  const received = wanted === null ? 'undefined' : `'${wanted}'`;
  throw new ChoiceError(
    'array',
    `Expected one of ${listNames(names)} for \`options.array\`, received ${received}`,
    path,
  );
}
