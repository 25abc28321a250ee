/**
 * Selections by dimension name, such as `time=0, lat=10:20`.
 * @module
 */
import { isPosixParError, parseSelection } from '../../index.js';
import { UsageError } from '../exit-codes.js';

/** Description of the selection argument. */
export const selectionHelp =
  "index, start:stop:step, list or ':' for each dimension, or by name: 'time=0, lat=10:20'; empty means all";

/** Splits at commas that are not in brackets. */
const splitEntries = (text: string): string[] => text.split(/,(?![^[]*\])/).map((part) => part.trim());

const isNamed = (entry: string): boolean => entry.includes('=');

/** Checks the text after `name=`. @throws {UsageError} if it is not an index, a slice or a list. */
function checkValue(name: string, value: string): void {
  const isEntry = (): boolean => {
    const entries = parseSelection(value);
    return entries.length === 1 && entries[0] !== '...';
  };
  try {
    if (isEntry()) return;
  } catch (error) {
    if (!isPosixParError(error, 'SelectionError')) throw error;
  }
  throw new UsageError(`Expected an index, start:stop:step or a list after '${name}=', received '${value}'`);
}

/**
 * Converts a selection by name to the same selection by position. Returns a selection by position as it is.
 * Dimensions that are not named are selected whole.
 * @param text selection of the command line.
 * @param names dimension names of the array; null if it has none.
 * @throws {UsageError} if a name is unknown, repeated or ambiguous, or only some entries have a name.
 */
export function toPositionalText(text: string, names: readonly (string | null)[] | null): string {
  if (!isNamed(text)) return text.trim();
  const entries = splitEntries(text.replace(/,\s*$/, ''));
  const positional = entries.find((entry) => !isNamed(entry));
  if (positional !== undefined)
    throw new UsageError(
      `Expected a name for every entry of '${text.trim()}' or for none: '${positional}' has no name`,
    );
  const known = (names ?? []).filter((name): name is string => name !== null);
  if (names === null || known.length === 0)
    throw new UsageError('The dimensions of this array have no names: select by position, such as 0, 10:20');
  const listed = `The dimensions are ${names.map((name) => name ?? '(without a name)').join(', ')}`;
  const values = new Map<string, string>();
  for (const entry of entries) {
    // Values contain no '=', but names may.
    const at = entry.lastIndexOf('=');
    const [name, value] = [entry.slice(0, at).trim(), entry.slice(at + 1).trim()];
    const count = known.filter((other) => other === name).length;
    if (count === 0) throw new UsageError(`There is no dimension '${name}'. ${listed}`);
    if (count > 1) throw new UsageError(`${count} dimensions are called '${name}': select by position. ${listed}`);
    if (values.has(name)) throw new UsageError(`The dimension '${name}' is repeated in '${text.trim()}'. ${listed}`);
    checkValue(name, value);
    values.set(name, value);
  }
  return names.map((name) => (name === null ? ':' : (values.get(name) ?? ':'))).join(', ');
}
