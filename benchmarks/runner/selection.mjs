/** Selections of scenarios: per dimension a number, [start, stop], `{list: [...]}`, or null for all indices. */

function countOf(entry, extent) {
  if (entry === null) return extent;
  if (typeof entry === 'number') return 1;
  return Array.isArray(entry) ? entry[1] - entry[0] : entry.list.length;
}

/** Returns the number of elements of `selection` in an array of `shape`. */
export function elementsOf(selection, shape) {
  return shape.reduce((product, extent, d) => product * countOf(selection[d], extent), 1);
}
