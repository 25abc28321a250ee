/**
 * Maps paths of URLs to files below the roots.
 * @module
 */
import { basename } from 'node:path';
import { normalizePath } from '../../core/external-files.js';
import { expected } from '../../core/validate.js';
import { absolutePath, checkedPath } from '../../io/paths.js';
import { notFound } from '../http/problem.js';

/** The directories that a server shows. */
export class Roots {
  /** Absolute paths, normalised. */
  readonly paths: readonly string[];
  /** Names of the roots in URLs. Null if there is one root, whose content is shown directly. */
  readonly names: readonly string[] | null;

  /** @throws {TypeError} naming the option if there is no root, or if two roots have the same name. */
  constructor(given: unknown) {
    if (!Array.isArray(given) || given.length === 0) throw expected('a list of directories', 'options.roots', given);
    this.paths = given.map((root, i) => normalizePath(absolutePath(checkedPath(root, `options.roots[${i}]`))));
    const names = this.paths.map((path) => basename(path) || 'root');
    if (new Set(names).size < names.length) throw expected('directories with different names', 'options.roots', given);
    this.names = names.length === 1 ? null : names;
  }

  /**
   * Returns the root that `steps` begin in, and the steps below it. Null if `steps` is empty and there are several
   * roots.
   * @throws {HttpError} 404 if there is no such root.
   */
  resolve(steps: readonly string[]): { readonly root: string; readonly rest: readonly string[] } | null {
    const [only] = this.paths;
    if (this.names === null && only !== undefined) return { root: only, rest: steps };
    const [first, ...rest] = steps;
    if (first === undefined) return null;
    const root = this.paths[this.names?.indexOf(first) ?? -1];
    if (root === undefined) throw notFound(`There is no root '${first}'`);
    return { root, rest };
  }

  /** Replaces the paths of the roots in a message by their names, so that clients do not learn them. */
  hide(message: string): string {
    return this.paths.reduce((text, path, i) => {
      const name = this.names?.[i];
      return text.replaceAll(`${path}/`, name === undefined ? '' : `${name}/`).replaceAll(path, name ?? 'the root');
    }, message);
  }
}

/** Longest path component of Linux in bytes. */
const maxNameBytes = 255;

/**
 * Splits the path of a URL into decoded components. A slash at the end is ignored.
 * @param path percent-encoded path.
 * @throws {HttpError} 404 if a component is invalid, `.` or `..`, or contains a slash or NUL.
 */
export function splitUrlPath(path: string): readonly string[] {
  const parts = path.split('/');
  if (parts[0] === '') parts.shift();
  if (parts.at(-1) === '') parts.pop();
  return parts.map((part) => {
    const name = decode(part);
    if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name) || Buffer.byteLength(name) > maxNameBytes) {
      throw notFound('The path has an invalid component');
    }
    return name;
  });
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw notFound('The path is not valid percent-encoded UTF-8');
  }
}
