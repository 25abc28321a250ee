/**
 * Paths as callers give them.
 * @module
 */

import { fileURLToPath } from 'node:url';
import { isUrl } from '../core/brands.js';
import { expected } from '../core/validate.js';

/**
 * The path that a caller means: text as it is, or a `file:` URL as `node:fs` takes it; a fragment of a URL stays behind
 * a `#`.
 * @param name what the error calls the argument.
 * @throws {TypeError} for anything else, for a path that is empty, and for one that holds a NUL, where the system would
 * cut it.
 */
export function checkedPath(value: unknown, name = 'path'): string {
  const path = isUrl(value) ? pathOfUrl(value, name) : value;
  if (typeof path !== 'string') throw expected('a string or a file: URL', name, value);
  if (path === '') throw expected('a path that is not empty', name, value);
  if (path.includes('\0')) throw expected('a path without a NUL', name, path.replaceAll('\0', '\\0'));
  return path;
}

function pathOfUrl(url: URL, name: string): string {
  try {
    return fileURLToPath(url) + decodeURIComponent(url.hash);
  } catch {
    throw expected('a file: URL of this machine', name, url.href);
  }
}

/**
 * What stands before a relative path in the current directory of the process, for use after that has changed; empty for
 * an absolute path. Nothing is shortened: behind a symbolic link, `..` is another directory than in the text.
 */
export function baseOf(path: string): string {
  if (path.startsWith('/')) return '';
  try {
    const directory = process.cwd();
    return directory.endsWith('/') ? directory : `${directory}/`;
  } catch {
    return ''; // The current directory is gone: the system says so of the path.
  }
}

/** `path` without the steps at its start that go nowhere, such as `./`. */
export function withoutDots(path: string): string {
  return path.replace(/^(\.\/+)+(?=.)/, '');
}

/** `path` from the root, for use after the current directory of the process has changed. */
export function absolutePath(path: string): string {
  const base = baseOf(path);
  return base === '' ? path : base + withoutDots(path);
}
