/**
 * Recognises selections such as `[[0, 10], [0, 10]]`. They mean ranges in h5wasm, and lists of two indices here.
 * @module
 */
import type { Explanation } from './explain.js';
import type { AnySelection } from './named-selection.js';

function listsOf(selection: AnySelection | undefined): readonly (readonly unknown[])[] {
  return Array.isArray(selection) ? selection.filter((entry): entry is number[] => Array.isArray(entry)) : [];
}

function isPair(list: readonly unknown[]): boolean {
  const [start, stop] = list;
  return list.length === 2 && typeof start === 'number' && typeof stop === 'number' && stop > start + 1;
}

/**
 * Adds a note to `explained` if all lists of `selection` have two indices that are ascending and not adjacent, because
 * they may be meant as ranges. An existing note is kept.
 */
export function noteIndexPairs(explained: Explanation, selection: AnySelection | undefined): Explanation {
  const lists = listsOf(selection);
  const [first] = lists;
  if (explained.note !== null || first === undefined || !lists.every(isPair)) return explained;
  const pair = first.join(', ');
  return { ...explained, note: `the list [${pair}] selects two indices; slice(${pair}) selects a range` };
}
