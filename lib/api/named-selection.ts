/**
 * Selections by dimension name.
 * @module
 */
import { SelectionError } from '../core/errors.js';
import { listNames } from '../core/validate.js';
import type { Selection, SelectionEntry } from '../plan/selection.js';

/** Selection entries by dimension name. Dimensions that are not named are selected whole. */
export type NamedSelection = Readonly<Record<string, Exclude<SelectionEntry, '...'>>>;

/** Selection by position, as text, or by dimension name. */
export type AnySelection = Selection | NamedSelection;

function isNamed(selection: AnySelection | undefined): selection is NamedSelection {
  return typeof selection === 'object' && selection !== null && !Array.isArray(selection);
}

/**
 * Converts a selection by name to a selection by position.
 * @throws {SelectionError} if a name is not a dimension of the array.
 */
export function toPositionalSelection(
  selection: AnySelection | undefined,
  names: readonly (string | null)[] | null,
): Selection | undefined {
  if (!isNamed(selection)) return selection;
  if (names === null) throw new SelectionError('The dimensions of this array have no names: select by position');
  for (const name of Object.keys(selection)) {
    if (names.includes(name)) continue;
    const known = names.filter((known): known is string => known !== null);
    throw new SelectionError(`There is no dimension '${name}'. The dimensions are ${listNames(known)}`);
  }
  return names.map((name) => (name === null ? null : (selection[name] ?? null)));
}
