/**
 * Selects entries of a tree by name.
 * @module
 */

/** Returns true for the path of an entry that is selected. */
export type PathFilter = (path: string) => boolean;

/**
 * Creates a filter from a pattern in which `*` matches any characters of a name, `**` also matches slashes, and `?`
 * matches one character. A pattern without a slash is compared with the last name of a path, at any depth.
 */
export function createFilter(pattern: string): PathFilter {
  const source = pattern
    .replace(/^\//, '')
    .split(/(\*\*|\*|\?)/)
    .map((part) => {
      if (part === '**') return '.*';
      if (part === '*') return '[^/]*';
      if (part === '?') return '[^/]';
      return part.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
    })
    .join('');
  const expression = new RegExp(`^${source}$`, 'su');
  if (pattern.includes('/')) return (path) => expression.test(path);
  return (path) => expression.test(path.slice(path.lastIndexOf('/') + 1));
}
