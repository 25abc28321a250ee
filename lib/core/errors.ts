/**
 * Defines the errors of this library. Each error class has a `_tag`, fields with details, and possibly a `cause`.
 * `isPosixParError` narrows the type of an error by its tag.
 * @module
 */
import { isError } from './brands.js';

/** Error classes by tag. */
export interface ErrorByTag {
  readonly SelectionError: SelectionError;
  readonly ChoiceError: ChoiceError;
  readonly FormatError: FormatError;
  readonly CodecError: CodecError;
  readonly ReadError: ReadError;
  readonly WriteError: WriteError;
  readonly ConversionError: ConversionError;
  readonly UnsupportedError: UnsupportedError;
  readonly ExternalFileError: ExternalFileError;
  readonly AbortError: AbortError;
  readonly ClosedError: ClosedError;
  readonly MemoryLimitError: MemoryLimitError;
}

/** Tags of the errors; one per class. */
export type ErrorTag = keyof ErrorByTag;

/**
 * Base class of the errors of this library. Invalid arguments other than selections cause a `TypeError` or `RangeError`
 * instead.
 */
export abstract class PosixParError extends Error {
  /** Name of the class. */
  abstract readonly _tag: ErrorTag;
  constructor(message: string, options?: ErrorOptions) {
    super(shorten(message), options);
  }

  /**
   * Returns the name, the message, the fields and, if there is one, the `cause` for `JSON.stringify`. A structured
   * clone of the error would only keep the message, the stack and the cause.
   */
  toJSON(): Record<string, unknown> {
    const { name, message, cause } = this;
    const payload = Object.fromEntries(Object.entries(this));
    return { ...payload, name, message, ...(cause === undefined ? {} : { cause: describeCause(cause) }) };
  }
}

/** Describes the cause of an error for JSON. */
function describeCause(cause: unknown): unknown {
  if (hasBrand(cause)) return cause.toJSON();
  return isError(cause) ? { name: cause.name, message: cause.message } : String(cause);
}

/**
 * Number of characters that remain of a longer message. Messages contain names from files, which can have millions of
 * characters.
 */
const maxMessageLength = 4000;

/** Removes the middle of a long message. Keeps the start (the error) and the end (its location). */
function shorten(message: string): string {
  if (message.length <= maxMessageLength) return message;
  const half = maxMessageLength / 2;
  return `${message.slice(0, half)} … ${message.slice(-half)}`;
}

/**
 * A selection does not fit the array, or the data of a write does not fit the selection. Thrown before elements are
 * read or written, except by `histogram`, which reads elements to find its bins.
 */
export class SelectionError extends PosixParError {
  readonly _tag = 'SelectionError';
  override readonly name = 'SelectionError';
  /** Dimension, in the array's order, whose entry is invalid; undefined if the whole selection is invalid. */
  readonly dimension: number | undefined;
  constructor(message: string, dimension?: number, options?: ErrorOptions) {
    super(message, options);
    this.dimension = dimension;
  }
}

/** Position of an error in a file. */
export interface ErrorLocation {
  /** Path of the file. */
  readonly path: string;
  /** Offset in the file in bytes, if known. */
  readonly offset?: number | undefined;
}

function formatLocation(where: ErrorLocation): string {
  return where.offset === undefined ? where.path : `${where.path} at byte ${where.offset}`;
}

/** The content of a file violates its format. The message names the file and, if it is known, the offset. */
export class FormatError extends PosixParError {
  readonly _tag = 'FormatError';
  override readonly name = 'FormatError';
  /** Path of the file. */
  readonly path: string;
  /** Offset in the file in bytes; undefined if the error has no single position. */
  readonly offset: number | undefined;
  constructor(message: string, where: ErrorLocation, options?: ErrorOptions) {
    super(`${message} (${formatLocation(where)})`, options);
    this.path = where.path;
    this.offset = where.offset;
  }
}

/** The caller's choice that does not match the file; see {@link ChoiceError}. */
export type Choice = 'array' | 'group' | 'format' | 'shape' | 'field' | 'level';

/**
 * The file appears intact, but does not match the caller's choice. Either it has no array, group, field or level with
 * the given name, or it has several and the caller names none. Or the file has another format than the option `format`,
 * or is too short for the caller's `shape` and `dtype`. The message lists the possible names, if there are any.
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

/** A chunk could not be decoded. */
export class CodecError extends PosixParError {
  readonly _tag = 'CodecError';
  override readonly name = 'CodecError';
  /** Path of the file. */
  readonly path: string;
  /** Offset in the file in bytes; undefined if the error has no single position. */
  readonly offset: number | undefined;
  constructor(message: string, where: ErrorLocation, options?: ErrorOptions) {
    super(`${message} (${formatLocation(where)})`, options);
    this.path = where.path;
    this.offset = where.offset;
  }
}

/** Details of a {@link ReadError}. */
export interface ReadErrorDetails {
  /** Symbolic errno such as `EIO`, or `EOF` (file shorter than expected), `ECHANGED` (file replaced or modified). */
  readonly code: string;
  /** Errno; 0 if there is none. */
  readonly errno: number;
  /** Path of the file. */
  readonly path: string;
  /** Offset in bytes of the extent that failed. */
  readonly offset?: number | undefined;
  /** Length in bytes of the extent that failed. */
  readonly length?: number | undefined;
}

/** A file could not be read: a system call failed, or the file is too short or was changed. */
export class ReadError extends PosixParError implements ReadErrorDetails {
  readonly _tag = 'ReadError';
  override readonly name = 'ReadError';
  /** Symbolic errno, `EOF` or `ECHANGED`; see docs/errors.md. */
  readonly code: string;
  /** Errno; 0 if there is none. */
  readonly errno: number;
  /** Path of the file or directory. */
  readonly path: string;
  /** Offset in bytes of the extent that failed; undefined if the error is not about an extent. */
  readonly offset: number | undefined;
  /** Length in bytes of the extent that failed; undefined if the error is not about an extent. */
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

/** Details of a {@link WriteError}. */
export interface WriteErrorDetails {
  /** Symbolic errno such as `ENOSPC`, or `EEXIST` if the target exists and may not be replaced. */
  readonly code: string;
  /** Errno; 0 if there is none. */
  readonly errno: number;
  /** Path of the file. */
  readonly path: string;
  /** Offset in bytes of the range that could not be written. */
  readonly offset?: number | undefined;
  /** Length in bytes of the range that could not be written. */
  readonly length?: number | undefined;
}

/** A file could not be written: a system call failed, or the library refused the write for the reason in `code`. */
export class WriteError extends PosixParError implements WriteErrorDetails {
  readonly _tag = 'WriteError';
  override readonly name = 'WriteError';
  /** Symbolic errno; see docs/errors.md. */
  readonly code: string;
  /** Errno; 0 if there is none. */
  readonly errno: number;
  /** Path of the file or directory. */
  readonly path: string;
  /** Offset in bytes of the range that could not be written; undefined if the error is not about a range. */
  readonly offset: number | undefined;
  /** Length in bytes of that range; undefined if the error is not about a range. */
  readonly length: number | undefined;
  constructor(message: string, details: WriteErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.code = details.code;
    this.errno = details.errno;
    this.path = details.path;
    this.offset = details.offset;
    this.length = details.length;
  }
}

/**
 * A value cannot be represented in the requested type (of a read with `as`) or in the type of the array (of a write),
 * and `overflow` is `error`. Also: a sum of integers does not fit into 64 bits.
 */
export class ConversionError extends PosixParError {
  readonly _tag = 'ConversionError';
  override readonly name = 'ConversionError';
  /** Path of the file with the value's chunk; empty if the value is not in a file, such as a fill value. */
  readonly path: string;
  /** Offset of the value's chunk in that file, in bytes. */
  readonly offset: number | undefined;
  constructor(message: string, where?: ErrorLocation, options?: ErrorOptions) {
    super(where === undefined ? message : `${message} (chunk of ${formatLocation(where)})`, options);
    this.path = where?.path ?? '';
    this.offset = where?.offset;
  }
}

/** The file or the call needs a feature that this library, or the system, does not support. */
export class UnsupportedError extends PosixParError {
  readonly _tag = 'UnsupportedError';
  override readonly name = 'UnsupportedError';
  /** Name of the unsupported feature, such as `npz member compressed with deflate`. */
  readonly what: string;
  /** Path of the file; undefined if the error is not about a file. */
  readonly path: string | undefined;
  constructor(what: string, path?: string, hint?: string) {
    super(`Not supported: ${what}${path === undefined ? '' : ` (${path})`}${hint === undefined ? '' : `. ${hint}`}`);
    this.what = what;
    this.path = path;
  }
}

/** Details of an {@link ExternalFileError}. */
export interface ExternalFileErrorDetails {
  /** Path of the file that was not opened. */
  readonly path: string;
  /**
   * Path of the file that refers to the refused file; absent if the refused file was reached in another way, such as
   * a symbolic link.
   */
  readonly namedBy?: string | undefined;
  /** Name of the policy in the option `externalFiles`; `roots` for `{ roots: [...] }`. */
  readonly policy: 'none' | 'same-directory' | 'any' | 'roots';
}

/** The option `externalFiles` does not permit a file. No byte of it was read. */
export class ExternalFileError extends PosixParError implements ExternalFileErrorDetails {
  readonly _tag = 'ExternalFileError';
  override readonly name = 'ExternalFileError';
  /** Path of the file that was not opened. */
  readonly path: string;
  /**
   * Path of the file that refers to the refused file; undefined if the refused file was reached in another way, such as
   * a symbolic link.
   */
  readonly namedBy: string | undefined;
  /** Name of the policy in the option `externalFiles`; `roots` for `{ roots: [...] }`. */
  readonly policy: 'none' | 'same-directory' | 'any' | 'roots';
  constructor(message: string, details: ExternalFileErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.path = details.path;
    this.namedBy = details.namedBy;
    this.policy = details.policy;
  }
}

/** The call was aborted by its `signal`. `cause` is the signal's reason. */
export class AbortError extends PosixParError {
  readonly _tag = 'AbortError';
  override readonly name = 'AbortError';
  /** The same code as Node's own AbortError. */
  readonly code = 'ABORT_ERR';
}

/** Details of a {@link MemoryLimitError}. */
export interface MemoryLimitDetails {
  /** Bytes of the result and its mask. For the source `budget`: working memory that a chunk or shard needs at once. */
  readonly neededBytes: number;
  /**
   * Bytes available for a result. Page cache counts as available; results of reads in flight do not. For the source
   * `budget`: the budget.
   */
  readonly availableBytes: number;
  /** Total memory of the machine or the cgroup, the length of the longest typed array, or the budget, in bytes. */
  readonly limitBytes: number;
  /**
   * Origin of the limit: `system`, the path of a cgroup, `runtime` for the maximum length of a typed array, or `budget`
   * for `memoryBudgetBytes` of `configure`.
   */
  readonly source: string;
  /** File or directory of the chunk that needs more than the budget. Only for the source `budget`. */
  readonly path?: string;
}

function formatMiB(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 100 * 2 ** 20 ? 1 : 0)} MiB`;
}

/** Describes the allocation that failed, the memory limit, and what the caller can do. */
function formatMemoryLimit({ neededBytes, availableBytes, limitBytes, source, path }: MemoryLimitDetails): string {
  const needed = formatMiB(neededBytes);
  if (source === 'budget') {
    const what = `one chunk or shard${path === undefined ? '' : ` of ${path}`} needs ${needed} at once`;
    const limit = `but \`memoryBudgetBytes\` is ${formatMiB(limitBytes)}`;
    return `Cannot reserve working memory: ${what}, ${limit}. Call \`configure\` with a larger \`memoryBudgetBytes\``;
  }
  return `Cannot allocate ${needed} for the result: ${formatResultLimit(availableBytes, limitBytes, source)}`;
}

/** Describes the limit of results, and what the caller can do. */
function formatResultLimit(availableBytes: number, limitBytes: number, source: string): string {
  if (source === 'runtime') {
    const limit = `this version of Node.js allocates at most ${formatMiB(limitBytes)} for a typed array`;
    return `${limit}. Read a smaller selection at a time`;
  }
  const limit = source === 'system' ? 'the machine has' : `the cgroup ${source} has`;
  return (
    `${formatMiB(availableBytes)} are available, and ${limit} ${formatMiB(limitBytes)} in total. ` +
    'Read a smaller selection at a time, drop references to earlier results, or raise the limit'
  );
}

/**
 * A result does not fit into the available memory of the machine or of the process's cgroup, or exceeds the maximum
 * length of a typed array. Thrown before the allocation; if `source` is `runtime`, also after Node.js refused it. If
 * `source` is `budget`, a read or write needs more working memory at once than `memoryBudgetBytes` of `configure`.
 */
export class MemoryLimitError extends PosixParError implements MemoryLimitDetails {
  readonly _tag = 'MemoryLimitError';
  override readonly name = 'MemoryLimitError';
  readonly neededBytes: number;
  readonly availableBytes: number;
  readonly limitBytes: number;
  readonly source: string;
  readonly path?: string;
  constructor(details: MemoryLimitDetails, options?: ErrorOptions) {
    const { neededBytes, availableBytes, limitBytes, source, path } = details;
    super(formatMemoryLimit(details), options);
    if (path !== undefined) this.path = path;
    this.neededBytes = neededBytes;
    this.availableBytes = availableBytes;
    this.limitBytes = limitBytes;
    this.source = source;
  }
}

/**
 * The array or the chunk cache was closed, or the handle with which an array was shared; or the memory of the result
 * was released or transferred.
 */
export class ClosedError extends PosixParError {
  readonly _tag = 'ClosedError';
  override readonly name = 'ClosedError';
}

const brand = Symbol.for('posix-par.error');
Object.defineProperty(PosixParError.prototype, brand, { value: true });

/** True for errors of this library, also of another copy of the library. Jest loads one copy per test file. */
function hasBrand(error: unknown): error is PosixParError {
  return typeof error === 'object' && error !== null && (error as Readonly<Record<symbol, unknown>>)[brand] === true;
}

/**
 * True if `error` is a {@link PosixParError} and, if tags are given, has one of them.
 * @example if (isPosixParError(error, 'ReadError')) console.error(error.path, error.code)
 */
export function isPosixParError<T extends ErrorTag = ErrorTag>(
  error: unknown,
  ...tags: readonly T[]
): error is ErrorByTag[T] {
  return hasBrand(error) && (tags.length === 0 || (tags as readonly string[]).includes(error._tag));
}
