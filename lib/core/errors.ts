/**
 * The errors of this library. Each is a class with a `code`-like `_tag`, a payload and, where there
 * is one, the `cause`; `isPosixParError` narrows by tag.
 * @module
 */

/** The errors by their tags. */
export interface ErrorByTag {
  readonly SelectionError: SelectionError;
  readonly ChoiceError: ChoiceError;
  readonly FormatError: FormatError;
  readonly CodecError: CodecError;
  readonly ReadError: ReadError;
  readonly ConversionError: ConversionError;
  readonly UnsupportedError: UnsupportedError;
  readonly ExternalFileError: ExternalFileError;
  readonly AbortError: AbortError;
  readonly ClosedError: ClosedError;
  readonly MemoryLimitError: MemoryLimitError;
}

/** The tags of the errors, one a class. */
export type ErrorTag = keyof ErrorByTag;

/** The base of all errors that this library throws on purpose. */
export abstract class PosixParError extends Error {
  /** The name of the class. */
  abstract readonly _tag: ErrorTag;
  constructor(message: string, options?: ErrorOptions) {
    super(shortened(message), options);
  }
}

/** Characters of a message at most: names that a file gives may have millions. */
const maxMessageLength = 4000;

/** `message` without the middle part of a long one: the beginning says what happened, and the end where. */
function shortened(message: string): string {
  if (message.length <= maxMessageLength) return message;
  const half = maxMessageLength / 2;
  return `${message.slice(0, half)} … ${message.slice(-half)}`;
}

/** A selection that does not fit the array. Thrown before any I/O. */
export class SelectionError extends PosixParError {
  readonly _tag = 'SelectionError';
  override readonly name = 'SelectionError';
  /** The dimension, in the array's order, whose entry is refused; undefined where the selection as a whole is. */
  readonly dimension: number | undefined;
  constructor(message: string, dimension?: number, options?: ErrorOptions) {
    super(message, options);
    this.dimension = dimension;
  }
}

/** Where in a file an error was found. */
export interface ErrorLocation {
  /** The file. */
  readonly path: string;
  /** The offset in bytes in that file, when known. */
  readonly offset?: number | undefined;
}

function at(where: ErrorLocation): string {
  return where.offset === undefined ? where.path : `${where.path} at byte ${where.offset}`;
}

/** A file whose content is not what its format demands. Names the file, the offset and what was expected. */
export class FormatError extends PosixParError {
  readonly _tag = 'FormatError';
  override readonly name = 'FormatError';
  /** The file. */
  readonly path: string;
  /** Where in the file, in bytes; undefined where it is no one place. */
  readonly offset: number | undefined;
  constructor(message: string, where: ErrorLocation, options?: ErrorOptions) {
    super(`${message} (${at(where)})`, options);
    this.path = where.path;
    this.offset = where.offset;
  }
}

/** What of the caller's wishes a {@link ChoiceError} is about. */
export type Choice = 'array' | 'group' | 'format' | 'shape';

/**
 * The file is sound, as far as it was looked at, but it is not what the caller says: it has no such array or group, or has
 * several and none is named; it is of another format than the option `format` says; it is too short for the `shape` and
 * `dtype` that the caller gives for it. The message says what there is.
 */
export class ChoiceError extends PosixParError {
  readonly _tag = 'ChoiceError';
  override readonly name = 'ChoiceError';
  readonly choice: Choice;
  readonly path: string;
  constructor(choice: Choice, message: string, path: string, options?: ErrorOptions) {
    super(`${message} (${path})`, options);
    this.choice = choice;
    this.path = path;
  }
}

/** A chunk that could not be decoded. */
export class CodecError extends PosixParError {
  readonly _tag = 'CodecError';
  override readonly name = 'CodecError';
  /** The file. */
  readonly path: string;
  /** Where in the file, in bytes; undefined where it is no one place. */
  readonly offset: number | undefined;
  constructor(message: string, where: ErrorLocation, options?: ErrorOptions) {
    super(`${message} (${at(where)})`, options);
    this.path = where.path;
    this.offset = where.offset;
  }
}

/** What a failed read says of itself. */
export interface ReadErrorDetails {
  /** The symbolic errno such as `EIO`, or `EOF` (file shorter than expected), `ECHANGED` (file replaced or modified). */
  readonly code: string;
  /** The errno, 0 where there is none. */
  readonly errno: number;
  /** The file. */
  readonly path: string;
  /** The offset in bytes of the extent that failed. */
  readonly offset?: number | undefined;
  /** The length in bytes of the extent that failed. */
  readonly length?: number | undefined;
}

/** The operating system refused or failed a read. */
export class ReadError extends PosixParError implements ReadErrorDetails {
  readonly _tag = 'ReadError';
  override readonly name = 'ReadError';
  /** The symbolic errno, `EOF` or `ECHANGED`: docs/errors.md. */
  readonly code: string;
  /** The errno, 0 where there is none. */
  readonly errno: number;
  /** The file or folder. */
  readonly path: string;
  /** The offset in bytes of the extent that failed; undefined where it was no read of one. */
  readonly offset: number | undefined;
  /** The length in bytes of the extent that failed; undefined as for `offset`. */
  readonly length: number | undefined;
  constructor(message: string, details: ReadErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.code = details.code;
    this.errno = details.errno;
    this.path = details.path;
    this.offset = details.offset;
    this.length = details.length;
  }
}

/** A value that does not fit the type asked for by `as` with `overflow: 'error'`. */
export class ConversionError extends PosixParError {
  readonly _tag = 'ConversionError';
  override readonly name = 'ConversionError';
  /** The file of the value's chunk; empty where the value is not in a file, as a fill value is not. */
  readonly path: string;
  /** Where the value's chunk begins in that file, in bytes. */
  readonly offset: number | undefined;
  constructor(message: string, where?: ErrorLocation, options?: ErrorOptions) {
    super(where === undefined ? message : `${message} (chunk of ${at(where)})`, options);
    this.path = where?.path ?? '';
    this.offset = where?.offset;
  }
}

/** Something that this library does not read, by name. */
export class UnsupportedError extends PosixParError {
  readonly _tag = 'UnsupportedError';
  override readonly name = 'UnsupportedError';
  /** What is not supported, such as `npz member compressed with deflate`. */
  readonly what: string;
  /** The file; undefined where it is none's. */
  readonly path: string | undefined;
  constructor(what: string, path?: string, hint?: string) {
    super(`Not supported: ${what}${path === undefined ? '' : ` (${path})`}${hint === undefined ? '' : `. ${hint}`}`);
    this.what = what;
    this.path = path;
  }
}

/** Details of an {@link ExternalFileError}. */
export interface ExternalFileErrorDetails {
  /** The file that was not opened. */
  readonly path: string;
  /** The file that names it; absent if it was reached by another way, such as a symbolic link. */
  readonly namedBy?: string | undefined;
  /** The option `externalFiles` in force. */
  readonly policy: 'none' | 'same-directory' | 'any' | 'roots';
}

/** A file that the option `externalFiles` does not permit to be opened. Nothing of it was read. */
export class ExternalFileError extends PosixParError implements ExternalFileErrorDetails {
  readonly _tag = 'ExternalFileError';
  override readonly name = 'ExternalFileError';
  /** The file that was not opened. */
  readonly path: string;
  /** The file that names it; undefined if it was reached by another way, such as a symbolic link. */
  readonly namedBy: string | undefined;
  /** The option `externalFiles` in force. */
  readonly policy: 'none' | 'same-directory' | 'any' | 'roots';
  constructor(message: string, details: ExternalFileErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.path = details.path;
    this.namedBy = details.namedBy;
    this.policy = details.policy;
  }
}

/** The call was given up because its `signal` was aborted; `cause` is the signal's reason. */
export class AbortError extends PosixParError {
  readonly _tag = 'AbortError';
  override readonly name = 'AbortError';
  /** As of Node's own errors of this kind. */
  readonly code = 'ABORT_ERR';
}

/** What a {@link MemoryLimitError} says of itself. */
export interface MemoryLimitDetails {
  /** Bytes of the result and its mask. */
  readonly neededBytes: number;
  /** Bytes that a result could have had: page cache counts as available, the results of reads in flight do not. */
  readonly availableBytes: number;
  /** Bytes that the limit allows the machine or the cgroup in all. */
  readonly limitBytes: number;
  /** What limits the memory: `system`, or the path of a cgroup. */
  readonly source: string;
}

function inMiB(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 100 * 2 ** 20 ? 1 : 0)} MiB`;
}

/** A result does not fit into the memory that the machine or the cgroup of this process has left. Thrown before it is allocated. */
export class MemoryLimitError extends PosixParError implements MemoryLimitDetails {
  readonly _tag = 'MemoryLimitError';
  override readonly name = 'MemoryLimitError';
  readonly neededBytes: number;
  readonly availableBytes: number;
  readonly limitBytes: number;
  readonly source: string;
  constructor({ neededBytes, availableBytes, limitBytes, source }: MemoryLimitDetails) {
    const limit = source === 'system' ? 'the machine has' : `the cgroup ${source} has`;
    super(
      `Cannot allocate ${inMiB(neededBytes)} for the result: ${inMiB(availableBytes)} are available, ${limit} ${inMiB(limitBytes)} in all. ` +
        'Read a smaller selection at a time, drop references to earlier results, or raise the limit',
    );
    this.neededBytes = neededBytes;
    this.availableBytes = availableBytes;
    this.limitBytes = limitBytes;
    this.source = source;
  }
}

/** The array was closed. */
export class ClosedError extends PosixParError {
  readonly _tag = 'ClosedError';
  override readonly name = 'ClosedError';
}

const brand = Symbol.for('posix-par.error');
Object.defineProperty(PosixParError.prototype, brand, { value: true });

/** True for the errors of this library, also of another copy of it: Jest loads one per test file. */
function hasBrand(error: unknown): error is PosixParError {
  return typeof error === 'object' && error !== null && (error as Readonly<Record<symbol, unknown>>)[brand] === true;
}

/**
 * Whether `error` was thrown by this library on purpose, and, if tags are given, has one of them.
 * @example if (isPosixParError(error, 'ReadError')) console.error(error.path, error.code)
 */
export function isPosixParError<T extends ErrorTag = ErrorTag>(
  error: unknown,
  ...tags: readonly T[]
): error is ErrorByTag[T] {
  return hasBrand(error) && (tags.length === 0 || (tags as readonly string[]).includes(error._tag));
}
