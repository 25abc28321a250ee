/**
 * Chooses an array by the name in the caller's options.
 * @module
 */
import { ChoiceError } from '../core/errors.js';
import { listNames } from '../core/validate.js';

/**
 * Returns the requested name. If no name is requested, returns the only name.
 * @param wanted the caller's `options.array`; null if not given.
 * @throws {ChoiceError} if the name does not exist, or if no name is requested and the number of arrays is not 1. The
 * error lists the names.
 */
export function chooseArray(names: readonly string[], wanted: string | null, path: string): string {
  const [only] = names;
  if (wanted === null && only !== undefined && names.length === 1) return only;
  if (wanted !== null && names.includes(wanted)) return wanted;
  if (names.length === 0) throw new ChoiceError('array', 'Expected an array, found none', path);
  const choices = `Expected one of ${listNames(names)} for \`options.array\``;
  // Shows how a path names an array, with the first name as an example.
  const hint = `. Name one in the path, such as '${path.slice(path.lastIndexOf('/') + 1)}#${only}'`;
  const message = wanted === null ? `${choices}, received undefined${hint}` : `${choices}, received '${wanted}'`;
  throw new ChoiceError('array', message, path);
}
