/**
 * Decides which files may be opened because another file refers to them. This module only compares paths as text. For
 * `roots`, it permits all paths, and the native side checks each file that it opens (native/sys/roots.h).
 * @module
 */
import { ExternalFileError, FormatError } from './errors.js';

/**
 * Files that may be opened because another file refers to them:
 *
 * - `none`: no other file.
 * - `same-directory` (default): files below the directory of the opened path, or below the path itself if it is a
 *   directory. Paths are normalised as text; symbolic links are followed.
 * - `any`: every file that the process can read.
 * - `{ roots }`: files below these directories after symbolic links are resolved. The opened path must also be below
 *   one of them. Requires openat2(2), Linux 5.6.
 */
export type ExternalFiles = 'none' | 'same-directory' | 'any' | { readonly roots: readonly string[] };

/** Name of a policy: {@link ExternalFiles} without the list of roots. */
export type ExternalFilesKind = 'none' | 'same-directory' | 'any' | 'roots';

/** Longest path that Linux accepts (PATH_MAX without the terminating NUL). */
const maxNameLength = 4095;

/** Returns the directory of a path; `.` for a name without a slash. */
export function directoryOfPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash) || '/';
}

/**
 * Removes empty components, `.` and `..` from a path. Does not resolve symbolic links. An absolute path stays absolute.
 */
export function normalizePath(path: string): string {
  const isAbsolute = path.startsWith('/');
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.length > 0 && steps.at(-1) !== '..') steps.pop();
    else if (!isAbsolute) steps.push('..');
  }
  const joined = steps.join('/');
  return isAbsolute ? `/${joined}` : joined || '.';
}

/** Joins `directory` and `name`; an absolute `name` is returned unchanged. */
function joinPath(directory: string, name: string): string {
  if (name.startsWith('/')) return name;
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}

/**
 * Returns `path` relative to `directory`. Returns `.` for the directory itself, and null if `path` is outside of it.
 * Both paths must be normalised.
 */
function relativeTo(path: string, directory: string): string | null {
  if (path === directory) return '.';
  if (directory === '.') return path.startsWith('/') || path === '..' || path.startsWith('../') ? null : path;
  const prefix = directory.endsWith('/') ? directory : `${directory}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : null;
}

/** Policy for one opened path. Decides about each file name that is found in the opened files. Immutable. */
export class PathPolicy {
  /** Value of the caller's option. */
  readonly externalFiles: ExternalFiles;
  /** Directory for the policy `same-directory`, as the caller gave it. */
  readonly directory: string;

  /** @param directory directory of the opened file, or the opened directory. Files in it are permitted by default. */
  constructor(externalFiles: ExternalFiles, directory: string) {
    this.externalFiles = externalFiles;
    this.directory = directory;
  }

  /** Creates the policy for `path`, a file or a directory. */
  static of(externalFiles: ExternalFiles, path: string, kind: 'file' | 'directory'): PathPolicy {
    return new PathPolicy(externalFiles, kind === 'directory' ? path : directoryOfPath(path));
  }

  get kind(): ExternalFilesKind {
    return typeof this.externalFiles === 'string' ? this.externalFiles : 'roots';
  }

  /**
   * Resolves a file name that was found in a file. For `roots`, this method permits all paths, and the native side
   * checks the path when it opens the file.
   * @param namedBy path of the file that contains the name. A relative name is relative to the directory of this file.
   * @throws {FormatError} if the name is empty, too long or contains NUL. @throws {ExternalFileError} if the file is
   * not permitted.
   */
  resolve(name: string, namedBy: string): string {
    if (name === '' || name.length > maxNameLength || name.includes('\0')) {
      const found = name.length > maxNameLength ? `${name.length} characters` : JSON.stringify(name);
      throw new FormatError(`Expected a file name, found ${found}`, { path: namedBy });
    }
    const path = normalizePath(joinPath(directoryOfPath(namedBy), name));
    switch (this.kind) {
      case 'none':
        throw refusal(path, namedBy, 'none', 'no other files may be opened');
      case 'same-directory': {
        const rest = relativeTo(path, normalizePath(this.directory));
        if (rest !== null) return joinPath(this.directory, rest);
        throw refusal(path, namedBy, 'same-directory', `it is outside '${this.directory}'`);
      }
      case 'any':
      case 'roots':
        return path;
    }
  }
}

function refusal(path: string, namedBy: string, policy: ExternalFilesKind, why: string): ExternalFileError {
  const advice = "Set `options.externalFiles` to { roots: [...] } or 'any' to read it";
  return new ExternalFileError(`Not permitted: '${namedBy}' refers to the file '${path}', but ${why}. ${advice}`, {
    path,
    namedBy,
    policy,
  });
}
