/**
 * Selections by the names of dimensions.
 * @module
 */
import { SelectionError } from '../core/errors.js';
import { listNames } from '../core/validate.js';
import type { Selection, SelectionEntry } from '../plan/selection.js';

/** Entries by dimension name; dimensions that are not named are whole. */
export type NamedSelection = Readonly<Record<string, Exclude<SelectionEntry, '...'>>>;

/** What a caller may select: by position, as text, or by dimension names. */
export type AnySelection = Selection | NamedSelection;

function isNamed(selection: AnySelection | undefined): selection is NamedSelection {
  return typeof selection === 'object' && selection !== null && !Array.isArray(selection);
}

/**
 * The positional selection that `selection` means.
 * @throws {SelectionError} when a name is not one of the array's.
 */
export function positionalSelection(
  selection: AnySelection | undefined,
  names: readonly (string | null)[] | null,
): Selection | undefined {
  if (!isNamed(selection)) return selection;
  if (names === null) throw new SelectionError('The dimensions of this array have no names: select by position');
  for (const name of Object.keys(selection)) {
    if (names.includes(name)) continue;
    const known = names.filter((known): known is string => known !== null);
    throw new SelectionError(`There is no dimension '${name}'; the dimensions are ${listNames(known)}`);
  }
  return names.map((name) => (name === null ? null : (selection[name] ?? null)));
}
