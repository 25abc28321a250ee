/** Selections as scenarios write them: per dimension a number, [start, stop], `{list: [...]}`, or null for all of it. */

function countOf(entry, extent) {
  if (entry === null) return extent;
  if (typeof entry === 'number') return 1;
  return Array.isArray(entry) ? entry[1] - entry[0] : entry.list.length;
}

/** Elements of `selection` in an array of `shape`. */
export function elementsOf(selection, shape) {
  return shape.reduce((product, extent, d) => product * countOf(selection[d], extent), 1);
}
