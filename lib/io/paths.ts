/**
 * Validates and resolves paths that callers pass.
 * @module
 */

import { fileURLToPath } from 'node:url';
import { isUrl } from '../core/brands.js';
import { expected } from '../core/validate.js';

/**
 * Returns the path that a caller passed, as text or as a `file:` URL. A fragment of a URL is kept after a `#`.
 * @param name name of the argument in errors.
 * @throws {TypeError} for other types, for an empty path, for other kinds of URLs, for URLs that are passed as text,
 *   and for a path that contains NUL, because system calls ignore the part after it.
 */
export function checkedPath(value: unknown, name = 'path'): string {
  const path = isUrl(value) ? pathOfUrl(value, name) : value;
  if (typeof path !== 'string') throw expected('a string or a file: URL', name, value);
  if (path === '') throw expected('a path that is not empty', name, value);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) throw urlRefused(name, path);
  if (path.includes('\0')) throw expected('a path without a NUL', name, path.replaceAll('\0', '\\0'));
  return path;
}

/** Creates the error for a URL. Without it, the system call would report a file that does not exist. */
function urlRefused(name: string, url: string): TypeError {
  const what = url.startsWith('file:')
    ? 'a path, or an object of class URL for a file: URL,'
    : 'a path (URLs are not read: download the file, or mount its storage)';
  return expected(what, name, url);
}

function pathOfUrl(url: URL, name: string): string {
  if (url.protocol !== 'file:') throw urlRefused(name, url.href);
  try {
    return fileURLToPath(url) + decodeURIComponent(url.hash);
  } catch {
    throw expected('a file: URL of this machine', name, url.href);
  }
}

/**
 * Returns the prefix that makes `path` absolute: the current directory with a slash, or '' if `path` is absolute or the
 * current directory no longer exists. Use it to keep a path valid if the current directory changes. The path is not
 * normalised, because after a symbolic link `..` differs from the textual parent.
 */
export function baseOf(path: string): string {
  if (path.startsWith('/')) return '';
  try {
    const directory = process.cwd();
    return directory.endsWith('/') ? directory : `${directory}/`;
  } catch {
    return ''; // The current directory does not exist any more. The next system call will report that.
  }
}

/** Returns `path` without leading `./` steps, except for the last step of a path that has no others. */
export function withoutDots(path: string): string {
  let start = 0;
  for (let next = 0; path.startsWith('./', next); ) {
    next += 2;
    while (path[next] === '/') next += 1;
    if (next < path.length) start = next;
  }
  return path.slice(start);
}

/** Returns `path` as an absolute path, which stays valid if the current directory of the process changes. */
export function absolutePath(path: string): string {
  const base = baseOf(path);
  return base === '' ? path : base + withoutDots(path);
}
