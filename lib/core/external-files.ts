/**
 * The policy for names that a file gives of other files: which of them may be opened. Pure text; with `roots` the native side
 * also confines what is opened (native/sys/roots.h).
 * @module
 */
import { ExternalFileError, FormatError } from './errors.js';

/**
 * Which files may be opened because another file names them:
 *
 * - `none`: no others at all.
 * - `same-directory` (default): those below the directory of the path that was opened, or below the path itself if it is a
 *   directory. Names are normalised as text; symbolic links are followed.
 * - `any`: every file that the process may read.
 * - `{ roots }`: those beneath one of these directories, symbolic links resolved. The path that was opened must lie beneath one
 *   as well. Needs openat2(2): Linux 5.6.
 */
export type ExternalFiles = 'none' | 'same-directory' | 'any' | { readonly roots: readonly string[] };

/** The kind of an {@link ExternalFiles}. */
export type ExternalFilesKind = 'none' | 'same-directory' | 'any' | 'roots';

/** Linux opens no longer paths (PATH_MAX). */
const maxNameLength = 4095;

/** The directory of a path; `.` for a name without a slash. */
export function directoryOfPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash) || '/';
}

/** `path` without empty steps, `.` and `..`, as text: symbolic links are not looked at. A path from the root stays one. */
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

/** `name`, which is relative to `directory` unless it starts with a slash. */
function joinPath(directory: string, name: string): string {
  if (name.startsWith('/')) return name;
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}

/** The rest of `path` below `directory`, `.` for the directory itself, null if it lies elsewhere; both normalised. */
function restBelow(path: string, directory: string): string | null {
  if (path === directory) return '.';
  if (directory === '.') return path.startsWith('/') || path === '..' || path.startsWith('../') ? null : path;
  const prefix = directory.endsWith('/') ? directory : `${directory}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : null;
}

/** The policy of one opened path. It travels with what was opened, and decides about each name that is met. Immutable. */
export class PathPolicy {
  /** What the caller permits. */
  readonly externalFiles: ExternalFiles;
  /** The directory that `same-directory` means, as it was given. */
  readonly directory: string;

  /**
   * @param directory below which names are permitted by default: the directory of the opened file, or the opened directory.
   */
  constructor(externalFiles: ExternalFiles, directory: string) {
    this.externalFiles = externalFiles;
    this.directory = directory;
  }

  /** The policy for `path`, a file or a directory. */
  static of(externalFiles: ExternalFiles, path: string, kind: 'file' | 'directory'): PathPolicy {
    return new PathPolicy(externalFiles, kind === 'directory' ? path : directoryOfPath(path));
  }

  get kind(): ExternalFilesKind {
    return typeof this.externalFiles === 'string' ? this.externalFiles : 'roots';
  }

  /**
   * The path of the file that `name` means, if it may be opened. With `roots` the native side decides when it is opened.
   * @param namedBy the file that holds the name; a relative name is relative to its directory.
   * @throws {FormatError} for an empty name and one with a NUL. @throws {ExternalFileError} for a name that is not permitted.
   */
  resolve(name: string, namedBy: string): string {
    if (name === '' || name.length > maxNameLength || name.includes('\0')) {
      const found = name.length > maxNameLength ? `${name.length} characters` : JSON.stringify(name);
      throw new FormatError(`Expected the name of a file, found ${found}`, { path: namedBy });
    }
    const path = normalizePath(joinPath(directoryOfPath(namedBy), name));
    switch (this.kind) {
      case 'none':
        throw refusal(path, namedBy, 'none', 'no other files are opened');
      case 'same-directory': {
        const rest = restBelow(path, normalizePath(this.directory));
        if (rest !== null) return joinPath(this.directory, rest);
        throw refusal(path, namedBy, 'same-directory', `it lies outside '${this.directory}'`);
      }
      case 'any':
      case 'roots':
        return path;
    }
  }
}

function refusal(path: string, namedBy: string, policy: ExternalFilesKind, why: string): ExternalFileError {
  const advice =
    "Set `options.externalFiles` to { roots: [...] } or 'any' to read it; earlier versions read it unasked";
  return new ExternalFileError(`Not permitted: '${namedBy}' names the file '${path}', but ${why}. ${advice}`, {
    path,
    namedBy,
    policy,
  });
}
