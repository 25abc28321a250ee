/**
 * Selections by dimension name.
 * @module
 */
import { SelectionError } from '../core/errors.js';
import { listNames } from '../core/validate.js';
import type { Selection, SelectionEntry } from '../plan/selection.js';
import { asyncReadKeys } from './options.js';

/** Selection entries by dimension name. Dimensions that are not named are selected whole. */
export type NamedSelection = Readonly<Record<string, Exclude<SelectionEntry, '...'>>>;

/** Selection by position, as text, or by dimension name. */
export type AnySelection = Selection | NamedSelection;

function isNamed(selection: AnySelection | undefined): selection is NamedSelection {
  const isObject = typeof selection === 'object' && selection !== null;
  return isObject && !Array.isArray(selection) && !ArrayBuffer.isView(selection);
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
  const keys = Object.keys(selection);
  const isUnknown = names === null || keys.some((key) => !names.includes(key));
  if (isUnknown) throwIfMisplaced(keys);
  if (names === null) throw new SelectionError('The dimensions of this array have no names: select by position');
  for (const name of keys) {
    if (names.includes(name)) continue;
    const known = names.filter((known): known is string => known !== null);
    throw new SelectionError(`There is no dimension '${name}'. The dimensions are ${listNames(known)}`);
  }
  return names.map((name) => (name === null ? null : (selection[name] ?? null)));
}

/** Names of options that callers may pass by mistake in place of a selection. */
const optionKeys: ReadonlySet<string> = new Set([...Object.keys(asyncReadKeys), 'array', 'format']);

/**
 * Recognises arguments that a caller has passed in place of a selection by mistake.
 * @throws {SelectionError} if `keys` are the keys of one slice, of a result or of options.
 */
function throwIfMisplaced(keys: readonly string[]): void {
  if (keys.length === 0) return;
  if (keys.every((key) => key === 'start' || key === 'stop' || key === 'step')) {
    throw new SelectionError('Expected a list with one entry per dimension, received one slice: write [slice(0, 2)]');
  }
  if (keys.includes('data') && keys.includes('shape')) {
    throw new SelectionError('Expected a selection, received a result. To write all of it, pass null as the selection');
  }
  if (keys.every((key) => optionKeys.has(key))) {
    throw new SelectionError(
      `Expected a selection, received options (${keys.join(', ')}): options come after the selection. ` +
        'To read all elements with options, pass null as the selection',
    );
  }
}
